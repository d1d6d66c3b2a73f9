import math

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from cmp_engine.morphable import MorphableModel
from cmp_engine.morphable.fitting import FittingError, fit_landmarks, similarity
from cmp_engine.morphable.topology import restricted


@pytest.fixture(scope="module")
def head():
    return MorphableModel.analytic("low")


@pytest.fixture(scope="module")
def surrey(golden):
    return MorphableModel.from_surrey(golden / "sfm" / "sfm_shape_3448.bin")


def faces(model, count, seed=0):
    """Random coefficients, (count, S) and (count, E)."""
    generator = torch.Generator().manual_seed(seed)
    shape = torch.randn(count, len(model.shape_sd), generator=generator)
    return shape, 0.5 * torch.randn(count, len(model.expression_sd), generator=generator)


def seen(model, shape, expression, noise_mm=0.0, seed=1):
    """Landmarks (B, 68, 3) in the pixels of some picture, of turned heads; noise in mm of the face."""
    generator = torch.Generator().manual_seed(seed)
    points = model.vertices(shape, expression)[:, model.landmarks]
    points = points + noise_mm * torch.randn(points.shape, generator=generator)
    angles = 20.0 * torch.randn(len(shape), 3, generator=generator)
    turn = torch.tensor(Rotation.from_euler("yxz", angles.numpy(), degrees=True).as_matrix(), dtype=torch.float32)
    return 1.7 * points @ turn.transpose(1, 2) + torch.tensor([300.0, -200.0, 15.0])


def lowest_by_search(model, landmarks, weights, depth_weight, noise_mm):
    """The minimum of the documented sum by a general optimiser, landmark by landmark; coefficients of one face."""
    numbers = [k for k in range(68) if model.landmarks[k] >= 0 and weights[k] > 0]
    shapes = len(model.shape_sd)
    basis = np.concatenate(
        [(model.shape_basis * model.shape_sd).numpy(), (model.expression_basis * model.expression_sd).numpy()], axis=1
    ).astype(float)

    def residuals(unknowns, first_scale):
        turn, log_scale, shift, coefficients = unknowns[:3], unknowns[3], unknowns[4:7], unknowns[7:]
        rotation = Rotation.from_rotvec(turn).as_matrix()
        values = list(noise_mm * first_scale * coefficients)
        for k in numbers:
            vertex = int(model.landmarks[k])
            point = model.mean[vertex].numpy() + basis[3 * vertex : 3 * vertex + 3] @ coefficients
            away = math.exp(log_scale) * rotation @ point + shift - landmarks[k].numpy()
            values += list(math.sqrt(weights[k]) * away * [1.0, 1.0, math.sqrt(depth_weight)])
        return np.array(values)

    # The scale of the first pose decides the ridge: fit the pose of the mean face alone, depth in full.
    points = model.mean[model.landmarks[numbers]].double()[None]
    first = similarity(points, landmarks[numbers].double()[None], torch.tensor(weights)[numbers].double())
    start = np.zeros(7 + basis.shape[1])
    start[:3] = Rotation.from_matrix(first.rotation[0].numpy()).as_rotvec()
    start[3], start[4:7] = math.log(first.scale[0]), first.translation[0]
    found = least_squares(residuals, start, args=(float(first.scale[0]),), xtol=1e-12, ftol=1e-12, gtol=1e-12).x[7:]
    return found[:shapes], found[shapes:]


@pytest.mark.parametrize(("depth_weight", "noise_mm"), [(1.0, 2.0), (0.2, 1.0)])
def test_the_fit_is_the_minimum_that_a_general_optimiser_finds(head, depth_weight, noise_mm):
    landmarks = seen(head, *faces(head, 1), noise_mm=2.0)
    weights = [0.5 if k < 17 else 1.0 for k in range(68)]
    fit = fit_landmarks(head, landmarks, weights=torch.tensor(weights), depth_weight=depth_weight, noise_mm=noise_mm)
    shape, expression = lowest_by_search(head, landmarks[0], weights, depth_weight, noise_mm)
    np.testing.assert_allclose(fit.shape[0], shape, atol=2e-4)
    np.testing.assert_allclose(fit.expression[0], expression, atol=2e-4)


def test_the_pose_is_recovered_where_the_face_is_the_mean(head):
    shape, expression = torch.zeros(3, 40), torch.zeros(3, 10)
    landmarks = seen(head, shape, expression)
    fit = fit_landmarks(head, landmarks)
    torch.testing.assert_close(fit.pose.scale, torch.full((3,), 1.7).double(), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        fit.pose.translation, torch.tensor([[300.0, -200.0, 15.0]] * 3).double(), atol=1e-3, rtol=0
    )
    assert fit.shape.abs().max() < 1e-4
    assert fit.error_mm.max() < 1e-4
    posed = fit.pose.applied(head.mean[head.landmarks].double().expand(3, 68, 3))
    torch.testing.assert_close(posed.float(), landmarks, atol=1e-3, rtol=0)


def test_known_coefficients_come_back_from_landmarks_without_noise(head):
    """Those that landmarks can tell: directions that move ears, neck and crown leave no trace in them."""
    shape, expression = faces(head, 200)
    fit = fit_landmarks(head, seen(head, shape, expression), noise_mm=0.001)
    found = torch.cat([fit.shape, fit.expression], dim=1)
    true = torch.cat([shape, expression], dim=1)
    explained = 1.0 - (found - true).square().mean(0) / true.square().mean(0)
    assert (explained > 0.99).sum() >= 30
    assert (explained > -0.05).all()  # what cannot be told stays near the mean
    rebuilt = head.vertices(fit.shape, fit.expression)[:, head.landmarks]
    assert (rebuilt - head.vertices(shape, expression)[:, head.landmarks]).norm(dim=2).mean() < 0.02


@pytest.mark.parametrize("name", ["head", "surrey"])
def test_noise_in_the_landmarks_is_averaged_out(name, request):
    """The fitted landmarks are nearer the truth than the measured ones, and the face nearer than the mean face."""
    model = request.getfixturevalue(name)
    shape, expression = faces(model, 60)
    fit = fit_landmarks(model, seen(model, shape, expression, noise_mm=2.0), noise_mm=2.0)
    true = model.vertices(shape, expression)
    used = model.landmarks[model.has_landmark]

    def distance(vertices):
        """Mean distance to the truth after the best similarity, which no landmark determines, mm."""
        moved = similarity(vertices.double(), true.double(), torch.ones(len(model.mean)).double())
        return (moved.applied(vertices.double()) - true)[:, used].norm(dim=2).mean().item()

    measured = 2.0 * math.sqrt(8.0 / math.pi)  # mean length of a three-dimensional normal vector
    fitted = distance(model.vertices(fit.shape, fit.expression))
    assert fitted < 0.6 * measured
    assert fitted < 0.5 * distance(model.mean.expand_as(true))
    assert fit.error_mm.mean() == pytest.approx(2.0 * math.sqrt(3.0), rel=0.2)


def test_surrey_is_fitted_without_the_landmarks_it_lacks(surrey):
    landmarks = seen(surrey, *faces(surrey, 2))
    expected = fit_landmarks(surrey, landmarks)
    landmarks[:, ~surrey.has_landmark] = torch.nan
    torch.testing.assert_close(fit_landmarks(surrey, landmarks).shape, expected.shape)


def test_a_landmark_of_weight_zero_does_not_count(head):
    landmarks = seen(head, *faces(head, 2), noise_mm=1.0)
    weights = torch.ones(68)
    weights[:17] = 0.0
    expected = fit_landmarks(head, landmarks, weights=weights)
    landmarks[:, :17] += 500.0
    torch.testing.assert_close(fit_landmarks(head, landmarks, weights=weights).shape, expected.shape)


def test_wrong_depth_disturbs_less_with_a_lower_weight(head):
    shape, expression = faces(head, 40)
    landmarks = seen(head, shape, expression, noise_mm=0.5)
    landmarks[:, :, 2] *= 0.5  # a detector that sees flat faces
    errors = [
        (fit_landmarks(head, landmarks, depth_weight=each, noise_mm=0.5).shape - shape).square().mean().item()
        for each in (1.0, 0.01)
    ]
    assert errors[1] < 0.6 * errors[0]


def test_a_face_is_fitted_the_same_alone_and_among_others(head):
    landmarks = seen(head, *faces(head, 3), noise_mm=1.0)
    together = fit_landmarks(head, landmarks)
    torch.testing.assert_close(fit_landmarks(head, landmarks[1:2]).shape, together.shape[1:2])


def test_similarity_never_mirrors(head):
    points = head.mean[head.landmarks].double()[None]
    found = similarity(points, points * torch.tensor([-1.0, 1.0, 1.0]), torch.ones(68).double())
    assert torch.linalg.det(found.rotation).item() == pytest.approx(1.0)


def test_a_model_without_landmarks_cannot_be_fitted(head):
    blind = restricted(MorphableModel.analytic("medium"), np.arange(12962 - 3242, 12962), "analytic-head-low")
    with pytest.raises(FittingError, match="has 0 of the landmarks to fit, at least 6 are needed; put the file"):
        fit_landmarks(blind, torch.zeros(1, 68, 3))


@pytest.mark.parametrize("value", [0.0, 7.0, float("nan")])
def test_a_face_that_is_one_point_is_refused(head, value):
    with pytest.raises(FittingError, match="lie in one point or are not numbers; detect them again"):
        fit_landmarks(head, torch.full((1, 68, 3), value))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"landmarks": torch.zeros(68, 3)}, r"must be \(B, 68, 3\), got \(68, 3\)"),
        ({"weights": torch.ones(50)}, r"68 numbers from 0 on, got \(50,\)"),
        ({"weights": -torch.ones(68)}, "lowest -1"),
        ({"depth_weight": 0.0}, r"depth_weight must lie in \(0, 1\], got 0.0"),
        ({"noise_mm": 0.0}, "noise_mm must be positive, got 0.0"),
    ],
)
def test_arguments_out_of_range_are_refused(head, changed, message):
    with pytest.raises(ValueError, match=message):
        fit_landmarks(head, **{"landmarks": torch.zeros(1, 68, 3)} | changed)
