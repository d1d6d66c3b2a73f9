import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import norm

from evaluation.operating_characteristics.logit_normal import LogitEffects
from studyserver.survey.simulated_people import SimulatedPeople


@pytest.mark.parametrize(("preference", "sd_person", "sd_question"), [(0.7, 0.6, 0.3), (0.5, 1, 1), (0.05, 2, 0)])
def test_average_probability_is_the_preference_asked_for(preference, sd_person, sd_question):
    people = SimulatedPeople(preference, sd_person, sd_question)
    sd = np.hypot(sd_person, sd_question)
    average, _ = quad(lambda eta: expit(eta) * norm.pdf(eta, people.intercept, sd), -40, 40, limit=200)
    assert average == pytest.approx(preference, abs=1e-6)


def test_without_effects_everyone_has_the_same_probability():
    people = SimulatedPeople(0.7, sd_person=0, sd_question=0)
    assert people.intercept == pytest.approx(logit(0.7))
    assert people.probability(0, "1:1") == pytest.approx(people.probability(9, "2:5")) == pytest.approx(0.7)


def test_with_effects_the_intercept_lies_further_out():
    assert SimulatedPeople(0.7, 1.5, 1).intercept > logit(0.7)


def test_votes_of_a_large_crowd_have_the_asked_share_and_spread():
    """2,000 persons on 200 questions: the share within 4 standard errors, the spreads within a tenth."""
    people = SimulatedPeople(0.7, sd_person=0.6, sd_question=0.4, seed=5)
    eta = logit([[people.probability(s, f"1:{q}") for q in range(200)] for s in range(300)])
    assert eta.mean(axis=1).std(ddof=1) == pytest.approx(0.6, rel=0.15)
    assert eta.mean(axis=0).std(ddof=1) == pytest.approx(0.4, rel=0.15)
    votes = np.array([[people.chooses_ours(s, f"1:{q}") for q in range(200)] for s in range(300)])
    assert votes.mean() == pytest.approx(expit(eta).mean(), abs=4 * 0.46 / np.sqrt(votes.size))
    assert votes.mean() == pytest.approx(0.7, abs=0.03)


def test_votes_depend_on_seed_person_and_question_alone():
    def votes(seed, persons, questions):
        people = SimulatedPeople(seed=seed)
        return {(s, q): people.chooses_ours(s, f"1:{q}") for s in persons for q in questions}

    forward, backward = votes(1, range(20), range(10)), votes(1, range(19, -1, -1), range(9, -1, -1))
    assert forward == backward
    assert forward != votes(2, range(20), range(10))
    assert votes(1, range(5), range(10)).items() <= forward.items()


def test_response_times_are_plausible():
    people = SimulatedPeople()
    times = [people.response_ms(s, f"1:{q}") for s in range(50) for q in range(10)]
    assert np.median(times) == pytest.approx(4000, rel=0.1)
    assert min(times) > 300
    assert max(times) < 60_000


def test_careless_people_toss_a_coin_and_the_others_pass_every_check():
    people = SimulatedPeople(preference=0.99, sd_person=0, sd_question=0, careless=0.3)
    careless = [person for person in range(1000) if people.is_careless(person)]
    assert len(careless) == pytest.approx(300, abs=5 * np.sqrt(1000 * 0.3 * 0.7))
    passed = {person: [people.passes_check(person, position) for position in range(6)] for person in range(1000)}
    assert all(all(passed[person]) for person in passed.keys() - careless)
    for answers in (
        [passed[person] for person in careless],
        [[people.chooses_ours(person, f"1:{q}") for q in range(6)] for person in careless],
    ):
        assert np.mean(answers) == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(6 * len(careless)))


def test_without_careless_people_the_votes_are_the_same():
    some, none = SimulatedPeople(careless=0.3), SimulatedPeople()
    attentive = [person for person in range(30) if not some.is_careless(person)]
    assert [none.chooses_ours(s, "1:1") for s in attentive] == [some.chooses_ours(s, "1:1") for s in attentive]
    assert not any(none.is_careless(person) for person in range(1000))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"preference": 0.0}, "preference.*got 0.0"),
        ({"preference": 1.0}, "preference.*got 1.0"),
        ({"preference": 70}, "preference.*got 70"),
        ({"sd_person": -0.1}, "sd_person.*got -0.1"),
        ({"sd_question": float("nan")}, "sd_question.*got nan"),
        ({"careless": 30}, "careless.*got 30"),
        ({"careless": -0.1}, "careless.*got -0.1"),
    ],
)
def test_values_out_of_range_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        SimulatedPeople(**values)


def test_the_statistics_library_sees_the_same_population():
    people = SimulatedPeople(0.7, sd_person=0.6, sd_question=0.4)
    assert LogitEffects(people.intercept, 0.6, 0.4).mean == pytest.approx(0.7, abs=1e-12)
