"""Each alert opens for its reason, once, with a French sentence that has the figures, and closes so too."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fill.alerts import Chosen, rules_of
from fill.fold import fold, restart, tick
from fill.model import DEFAULT, AlertOpened, Event, Reading, Refused
from tests.fill.cases import COLUMN, START, at, closed, echo, levels, life, opened, play, rising

NB = "\u00a0"


def sentence(events: list[Event], kind: str) -> str:
    (alert,) = opened(events, kind)
    return alert.sentence.replace(NB, " ")


def test_plan_then_urgent() -> None:
    """A column that fills opens plan, then urgent, each when two witnesses agree, and says why."""
    _, events = play(levels(rising(40, 96, 57)))
    assert [event.kind for event in events if isinstance(event, AlertOpened)] == ["plan", "urgent"]
    (plan,), (urgent,) = opened(events, "plan"), opened(events, "urgent")
    assert at(30) <= plan.at <= at(31)  # the level is 70 at report 30
    assert at(50) <= urgent.at <= at(51)
    assert sentence(events, "plan") == (
        "Remplie à 70 % : seuil de planification de 70 % atteint, "
        "pleine dans 5 jours environ au rythme de 6 % par jour."
    )
    assert sentence(events, "urgent").startswith(
        "Remplie à 90 % : seuil d’urgence de 90 % atteint, pleine dans 2 jours"
    )


@pytest.mark.parametrize("level", [20, 50, 60, 65, 69])
@pytest.mark.parametrize("wild", [70, 75, 80, 90, 97])
def test_one_outlier_opens_nothing(level: float, wild: float) -> None:
    """One echo above the threshold is not a full column, wherever the column stands."""
    _, events = play(levels([level, level, level, wild, level, level]))
    assert [event for event in events if isinstance(event, AlertOpened)] == []


def test_first_reading_alone_opens_nothing() -> None:
    """With nothing to compare it with, the first echo waits for the second."""
    state, events = play([echo(0, 95)])
    assert events == []
    _, events = play([echo(1, 95)], state)
    assert {event.kind for event in events if isinstance(event, AlertOpened)} == {"plan", "urgent"}


@pytest.mark.parametrize("level", [10, 40, 62, 69])
@pytest.mark.parametrize("jump", [70, 74, 85, 96])
def test_no_later_than_one_report(level: float, jump: float) -> None:
    """However it gets there, two readings in a row at the threshold open the alert."""
    _, events = play(levels([level, level, level, jump, jump + 1]))
    assert [alert.at for alert in opened(events, "plan")] == [at(4)]


def test_clean_lives_lag_at_most_one_report() -> None:
    """In seeded lives of clean probes, whenever two readings in a row reach the threshold plan is open."""
    for seed in range(4):
        readings, _, _ = life(seed, 120, noise=0.8)
        state, last = None, 1800
        for reading in readings:
            state, _ = play([reading], state)
            distance = reading.distance_mm or 0
            if distance <= 750 and last <= 750:  # 750 mm is 70 %
                assert "plan" in state.open_alerts, reading
            last = distance


def test_plan_has_hysteresis() -> None:
    """A level that trembles around the threshold opens once; five points below it closes."""
    state, events = play(levels([68, 71, 71, 69, 68, 71, 67, 70, 71, 68, 66.5, 71]))
    assert (len(opened(events, "plan")), len(closed(events, "plan"))) == (1, 0)
    _, events = play(levels([64, 64, 63, 63], start=12), state)
    (end,) = closed(events, "plan")
    assert end.because.replace(NB, " ") == "Niveau redescendu à 64 %, sous le seuil de 70 %."


def test_emptying_closes_both() -> None:
    """The emptying is the reason told, for plan and urgent."""
    _, events = play(levels([*rising(60, 95, 30), 3, 4]))
    for kind in ("plan", "urgent"):
        (end,) = closed(events, kind)
        assert end.because.replace(NB, " ") == "Colonne vidée : passée de 95 % à 3 %."


def test_partial_emptying_keeps_plan() -> None:
    """A fall from 98 to 66 is an emptying and closes plan without hysteresis; to 75, only urgent."""
    state, events = play(levels([*rising(70, 98, 40), 66, 66]))
    assert "plan" not in state.open_alerts
    assert len(closed(events, "urgent")) == 1
    state, events = play(levels([*rising(70, 100, 40), 75, 75]))
    assert state.open_alerts == {"plan"}
    assert len(closed(events, "urgent")) == 1


def test_saturated_says_at_least() -> None:
    """In the dead zone the sentence claims no more than is known."""
    column = type(COLUMN)(volume_l=3000, empty_distance_mm=1800, full_distance_mm=300, dead_zone_mm=450)
    blind = [Reading(measured_at=at(14 + n), echo_error="blind_zone") for n in range(4)]
    _, events = play([*levels(rising(76, 89, 14)), *blind], column=column)
    assert sentence(events, "urgent").startswith("Remplie à 90 % au moins : seuil d’urgence de 90 % atteint")


@pytest.mark.parametrize(
    ("rate_level", "words"),
    [(rising(10, 69, 14), "un jour environ"), (rising(30, 94, 8), "h environ")],
)
def test_sentence_tells_the_delay_in_its_unit(rate_level: list[float], words: str) -> None:
    """A fast column is full in hours or in a day."""
    _, events = play(levels([*rate_level, rate_level[-1] + 5]))
    assert words in " ".join(event.sentence for event in events if isinstance(event, AlertOpened)).replace(
        NB, " "
    )


def test_fire_opens_at_once() -> None:
    """A fire does not wait for a second reading, and 50 °C is not yet its end."""
    heats = [12.0, 60.0, 75.0, 50.0, 45.0, 59.9]
    _, events = play([echo(n, 50, temperature_c=heat) for n, heat in enumerate(heats)])
    assert sentence(events, "fire") == "Température de 60 °C dans la colonne (alerte à 60 °C) : feu possible."
    assert [end.at for end in closed(events, "fire")] == [at(4)]
    assert closed(events, "fire")[0].because == f"Température redescendue à 45{NB}°C."


def test_tilt_must_outlast_a_crane() -> None:
    """One tilted reading, or several within ten minutes, is a lift; two reports apart is a fallen column."""
    assert play([echo(0, 50), echo(1, 50, tilt_deg=70), echo(2, 50, tilt_deg=3)])[1] == []
    burst = [echo(1 + n / 100, 50, tilt_deg=70) for n in range(4)]  # 144 s apart
    assert play([echo(0, 50), *burst, echo(2, 50, tilt_deg=3)])[1] == []
    tilts = [2, 40, 41, None, 25, 20]
    _, events = play([echo(n, 50, tilt_deg=tilt) for n, tilt in enumerate(tilts)])
    assert sentence(events, "tilt").startswith("Inclinée de 41° depuis 4 h (alerte à 30°)")
    assert [end.at for end in closed(events, "tilt")] == [at(5)]
    fallen, _ = play([echo(n, 50, tilt_deg=90) for n in range(3)])
    assert fallen.quality == "implausible"
    assert fallen.fill_percent is None


def test_a_probe_that_signals_fire_is_believed() -> None:
    """Its own alarm opens, whatever its temperature or without one; it ends with the alarm and the heat."""
    said = [None, True, True, False]
    _, events = play([echo(n, 50, fire=one) for n, one in enumerate(said)])
    assert sentence(events, "fire") == "La sonde signale elle-même un feu."
    assert [end.because for end in closed(events, "fire")] == ["La sonde ne signale plus de feu."]
    _, events = play([echo(0, 50, fire=True, temperature_c=38.0), echo(1, 50, fire=True, temperature_c=20.0)])
    assert sentence(events, "fire") == "La sonde signale elle-même un feu (température de 38 °C)."
    assert closed(events, "fire") == []
    hot = [(True, 80.0), (False, 55.0), (None, None), (False, 40.0)]
    _, events = play([echo(n, 50, fire=one, temperature_c=heat) for n, (one, heat) in enumerate(hot)])
    assert [start.at for start in opened(events, "fire")] == [at(0)]
    assert [end.at for end in closed(events, "fire")] == [at(3)]
    assert play([echo(0, 50, fire=False)])[1] == []


def test_a_message_about_something_else_is_no_bad_echo() -> None:
    """Temperature alone, between good echoes and for ever: no alert, and the level said is the last seen."""
    known, _ = play(levels([40, 40.4, 40.8]))
    warm = [echo(3 + n / 10, None, temperature_c=12.0) for n in range(8)]
    state, events = play(warm, known)
    assert events == []
    assert (state.fill_percent, state.distance_mm, state.quality) == (
        known.fill_percent, known.distance_mm, "ok"
    )  # fmt: skip
    assert (state.temperature_c, state.memory.echo) == (12.0, known.memory.echo)
    blind, _ = play([echo(3, None, echo_error="no_echo"), *warm[1:]], known)
    assert blind.memory.echo.bad == 1
    # A level nobody has seen for longer than a silence lasts is not shown as good.
    stale, events = play([echo(3 + n, None, temperature_c=12.0) for n in range(4)], known)
    assert (events, stale.quality) == ([], "implausible")
    again, _ = play(levels([41, 41], start=8), stale)
    assert again.quality == "ok"


def test_battery() -> None:
    """15 % opens, 25 % closes, between them nothing."""
    charges = [40.0, 16.0, 15.0, 9.0, 24.9, 25.0]
    _, events = play([echo(n, 50, battery_percent=charge) for n, charge in enumerate(charges)])
    assert sentence(events, "low_battery").startswith("Batterie de la sonde à 15 % (alerte à 15 %)")
    assert [end.at for end in closed(events, "low_battery")] == [at(5)]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"distance_mm": 9000}, "dernière : 9000 mm"),
        ({"echo_error": "no_echo"}, "aucun écho"),
        ({"echo_error": "blind_zone"}, "écho en zone aveugle"),
    ],
)
def test_implausible(bad: dict[str, object], words: str) -> None:
    """Three readings in a row without a credible distance, whatever the reason; two credible close it."""
    series = [echo(3 + n, None, **bad) for n in range(4)]
    state, events = play([*levels([40, 40, 40]), *series])
    assert (
        sentence(events, "implausible")
        == f"3 mesures de suite sans distance crédible ({words}) : sonde à contrôler."
    )
    assert opened(events, "implausible")[0].at == at(5)
    assert (state.fill_percent, state.quality != "ok") == (40.0, True)
    state, events = play(levels([40], start=7), state)
    assert events == []
    state, events = play(levels([40], start=8), state)
    assert [end.because.replace(NB, " ") for end in closed(events, "implausible")] == [
        "2 mesures crédibles de suite."
    ]
    assert state.quality == "ok"


def test_stuck_while_it_should_fill() -> None:
    """The same millimetre for two days at 6 points a day: stuck, said so; when it moves again, believed."""
    filling, _ = play([echo(n, percent) for n, percent in enumerate(rising(20, 50, 31))])
    state, events = play([echo(31 + n, 50.2) for n in range(20)], filling)
    assert state.quality == "stuck"
    assert sentence(events, "implausible").startswith("La sonde répète 1047 mm depuis ")
    assert sentence(events, "implausible").endswith(": sans doute bloquée.")
    state, events = play([echo(51, 58), echo(52, 58.6)], state)
    assert (state.quality, len(closed(events, "implausible"))) == ("ok", 1)


def test_stuck_without_a_rate_takes_a_week() -> None:
    """A probe stuck from its first day has no rate to be judged by: a week of the same millimetre will do."""
    state, _ = play([echo(n, 50) for n in range(42)])
    assert state.quality == "ok"
    state, events = play([echo(42, 50)], state)
    assert (state.quality, len(opened(events, "implausible"))) == ("stuck", 1)


def test_full_column_is_not_stuck() -> None:
    """A full column does not fill: the same distance for two days proves nothing."""
    state, _ = play([*levels(rising(60, 100, 41)), *[echo(41 + n, 100) for n in range(12)]])
    assert state.quality == "ok"
    assert state.full_at is not None
    assert at(39) <= state.full_at <= at(42)


def test_silence() -> None:
    """Three intervals and a bit: silent, once; a reading ends it; an idle tick gives the same object."""
    state, _ = play(levels([30, 31]))
    same, events = tick(state, at(4), COLUMN)
    assert (same is state, events) == (True, ())
    state, events = tick(state, at(4) + timedelta(seconds=1), COLUMN)
    assert (
        sentence(list(events), "silent")
        == "Aucune mesure depuis 12 h alors qu’il en faut une toutes les 4 h."
    )
    assert (state.quality, state.fill_percent, state.open_alerts) == ("silent", 30.6, frozenset({"silent"}))
    assert tick(state, at(9), COLUMN) == (state, ())
    state, events = fold(state, echo(10, 33), COLUMN)
    assert [(event.kind, event.at) for event in events if not hasattr(event, "after_percent")] == [
        ("silent", at(10))
    ]
    assert (state.quality, state.open_alerts) == ("ok", frozenset())


def test_silence_never_ends_before_it_began() -> None:
    """A stored reading from before the silence was noticed ends it at the instant it began, not earlier."""
    state, _ = play(levels([30, 31]))
    state, _ = tick(state, at(6), COLUMN)
    state, events = play([echo(2, 31)], state)
    assert [end.at for end in closed(events, "silent")] == [at(6)]
    assert state.measured_at == at(2)


def test_a_probe_that_never_spoke_is_awaited() -> None:
    """From the first tick on; its first word ends the silence."""
    state, events = tick(play([])[0], START, COLUMN)
    assert events == ()
    assert tick(state, at(3), COLUMN)[0] is state
    state, events = tick(state, at(3.5), COLUMN)
    assert sentence(list(events), "silent").startswith("Aucune mesure jamais reçue, attendue depuis 14 h")
    _, ended = play([echo(4, 20)], state)
    assert len(closed(ended, "silent")) == 1


def test_restart_keeps_alerts_and_forgets_the_level() -> None:
    """Another probe reads 20 where the old one read 80: no emptying; plan closes when two readings agree."""
    state, _ = play(levels(rising(50, 80, 31)))
    fresh = restart(state)
    assert (fresh.fill_percent, fresh.open_alerts, fresh.measured_at) == (
        None,
        frozenset({"plan"}),
        state.measured_at,
    )
    after, events = play([echo(31, 20)], fresh)
    assert events == []
    after, events = play([echo(32, 20)], after)
    assert [type(event).__name__ for event in events] == ["AlertClosed"]
    assert after.rate_percent_per_day == pytest.approx(6, abs=0.5)


def test_chosen_conditions_become_rules() -> None:
    """What is chosen replaces the default, whole numbers stay whole, unknown kinds are passed over."""
    rules = rules_of(
        [
            Chosen("fire", 65.5, 50.0),
            Chosen("tilt", 25.4, None, 300),
            Chosen("silent", 5.0),
            Chosen("overflow", 30.0, 15.0),
        ]
    )
    assert rules == replace(
        DEFAULT, fire_c=65.5, fire_clear_c=50.0, tilt_deg=25, tilt_lasting_s=300, silent_after_reports=5
    )
    assert rules_of([]) is DEFAULT


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen("fire", 50.0, 50.0),
        Chosen("fire", float("nan"), None),
        Chosen("silent", float("inf")),
        Chosen("low_battery", 30.0, 25.0),
        Chosen("tilt", 0.0),
    ],
)
def test_conditions_that_contradict_each_other_are_refused(chosen: Chosen) -> None:
    """An alert that would open and close at once is never judged by."""
    with pytest.raises(Refused):
        rules_of([chosen])
