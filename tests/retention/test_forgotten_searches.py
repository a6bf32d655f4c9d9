"""Searches that name a destroyed record go with it: no file of the home has its words any more."""

import pytest

from tests.retention.test_commands import case
from tests.retention.test_restore import Home, home

__all__ = ["home"]

CLERK = "u-anl1"


def asked(home: Home) -> list[str]:
    """What the log still says of searches, as data protection reads it."""
    entries = home("audit", "list", "--object", f"search:{CLERK}", actor="u-dsb1")["entries"]
    return [entry["details"].get("personal", {}).get("query", "") for entry in entries]


@pytest.mark.parametrize(
    "query",
    ["Teich Quastenflossers", '"Quastenflosser im Teich"', "Quastenflossr~ OR (Teich NOT Quastenflosser)"],
)
def test_searches_for_a_destroyed_record_are_forgotten(home, query):
    case(home, "10.5", CLERK, title="Auskunft", text="Quastenflosser im Teich, Bachforelle")
    kept = case(home, "10.71", CLERK, title="Bleibt", text="Teich mit Bachforelle")
    for other in (query, "Bachforelle", "Teich"):
        home("search", other, actor=CLERK)
    home("search", query, "--save", "Fische", actor=CLERK)
    home("search", "Teich", "--save", "Quastenflosser", actor=CLERK)
    home("search", "Teich", "--save", "Teiche", actor=CLERK)
    assert asked(home).count(query) == 3 and asked(home).count("Teich") == 5  # logged, kept and logged
    home("retention", "hold", "place", kept, "--title", "Klage", "--reason", "3 K 12/26", actor="u-dsb1")
    home.dispose()
    assert home.files_with(b"uasten") == []
    assert asked(home).count(query) == 0 and asked(home).count("Bachforelle") == 1 and asked(home).count("Teich") == 4
    assert [one["name"] for one in home("search", "--saved", actor=CLERK)["saved"]] == ["Teiche"]
    assert home("audit", "verify", actor="u-dsb1")["valid"]
