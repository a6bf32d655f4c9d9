"""A hold on what a search finds: frozen members, and those that come later."""

from tests.retention.test_commands import case
from tests.retention.test_restore import ON, home  # noqa: F401 - a fixture

HOLD = ("retention", "hold", "place", "--title", "Klage", "--reason", "3 K 12/26", "--basis", "VwGO § 99")


def proposed(home):  # noqa: F811
    return sorted(item["reference"] for item in home("retention", "propose", *ON)["items"])


def test_what_a_query_found_stays_held_and_nothing_else(home):  # noqa: F811
    one = case(home, "10.5", "u-anl1", text="Streit um den Quastenflosser")
    other = case(home, "10.5", "u-anl1", text="Nichts davon")
    hold = home(*HOLD, "--query", "Quastenflosser", actor="u-dsb1")
    assert (hold["references"], hold["query"], hold["future"]) == ([one], "Quastenflosser", False)
    later = case(home, "10.5", "u-anl1", text="Noch ein Quastenflosser")
    assert proposed(home) == sorted([other, later])


def test_what_it_finds_later_is_held_too(home):  # noqa: F811
    hold = home(*HOLD, "--query", "Quastenflosser", "--also-future", actor="u-dsb1")
    assert hold["references"] == []
    one = case(home, "10.5", "u-anl1", text="Ein Quastenflosser")
    other = case(home, "10.5", "u-anl1", text="Nichts davon")
    assert proposed(home) == [other]
    assert home("retention", "hold", "list", one)["holds"][0]["hold"] == hold["hold"]
    home("retention", "hold", "lift", hold["hold"], "--reason", "Urteil", actor="u-dsb1")
    later = case(home, "10.5", "u-anl1", text="Noch ein Quastenflosser")
    assert proposed(home) == sorted([one, later])


def test_a_query_placed_after_the_approval_stops_the_execution(home):  # noqa: F811
    one = case(home, "10.5", "u-anl1", text="Ein Quastenflosser")
    other = case(home, "10.5", "u-anl1", text="Nichts davon")
    number = home("retention", "propose", *ON)["list"]
    home("retention", "approve", number, actor="u-hpa0")
    home(*HOLD, "--query", "Quastenflosser", "--also-future", actor="u-dsb1")
    results = home("retention", "carry-out", number, *ON, "--yes")["results"]
    assert {row["reference"]: row["outcome"] for row in results} == {one: "withheld", other: "destroyed"}


def test_what_is_refused(home):  # noqa: F811
    home(*HOLD, "--query", "Quastenflosser", actor="u-dsb1", code=8)
    home(*HOLD, "--query", '"offen', actor="u-dsb1", code=8)
    home(*HOLD, "--also-future", actor="u-dsb1", code=2)
