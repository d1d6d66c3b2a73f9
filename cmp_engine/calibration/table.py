"""Findings as tables in Markdown, for a terminal and for the documentation."""

from collections.abc import Iterable, Mapping

from cmp_engine.calibration.findings import ORACLE, Estimate, Findings
from cmp_engine.inference.metrics import BASELINE
from evaluation.faces.ratios import RATIO_COLUMNS
from evaluation.output.markdown import rows


def as_text(findings: Findings) -> str:
    """Three tables: errors, differences with intervals, and correlations recovered."""
    sizes = f"{findings.populations} simulated populations, {findings.people} test people"
    return "\n".join(
        [
            f"Coupling {findings.coupling}: {sizes}",
            "",
            "Absolute ratio errors",
            "",
            *rows("method", RATIO_COLUMNS, {m: map(plain, row.values()) for m, row in findings.errors.items()}),
            "",
            f"Minus the error of {BASELINE} (95 % interval over populations; negative is better)",
            "",
            *rows("method", RATIO_COLUMNS, differences(findings.against_baseline, BASELINE)),
            "",
            f"Minus the error of the {ORACLE} (95 % interval over populations; negative is better)",
            "",
            *rows("method", RATIO_COLUMNS, differences(findings.against_oracle, ORACLE)),
            "",
            "Correlation of predicted and true coefficients (95 % interval over populations)",
            "",
            *rows("direction", ("planted", *findings.correlations), recovered(findings)),
        ]
    )


def differences(table: Mapping[str, Mapping[str, Estimate]], against: str) -> dict[str, Iterable[str]]:
    """Rows of a table of differences, without the method that is compared with."""
    return {method: map(signed, row.values()) for method, row in table.items() if method != against}


def recovered(findings: Findings) -> dict[str, list[str]]:
    """One row per coupled direction; where something was planted, the share of it that came back."""
    return {
        direction: [f"{planted:.2f}", *(share(row[direction], planted) for row in findings.correlations.values())]
        for direction, planted in findings.planted.items()
    }


def share(estimate: Estimate, planted: float) -> str:
    """A correlation, its interval, and the planted part of it."""
    text = f"{estimate.mean:+.2f} [{estimate.low:+.2f}, {estimate.high:+.2f}]"
    return f"{text}, {100 * estimate.mean / planted:.0f} %" if planted else text


def plain(estimate: Estimate) -> str:
    """An error."""
    return f"{estimate.mean:.4f}"


def signed(estimate: Estimate) -> str:
    """A difference with its interval, marked where it excludes zero."""
    mark = " *" if estimate.excludes_zero else ""
    return f"{estimate.mean:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}]{mark}"
