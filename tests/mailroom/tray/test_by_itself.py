"""Filing without a person can be switched off: then a sure letter waits with its suggestion."""

from __future__ import annotations

import pytest

from mailroom.models import LetterState
from tests.mailroom.tray.conftest import letter_text

SURE = (
    "Anmeldung zur Hundesteuer\nhiermit melde ich meinen Hund zur Hundesteuer an. Name des Hundes: Waldi. "
    "Rasse: Dackel. Haltungsbeginn: 01.11.2026. Transpondernummer 276098106234567."
)


@pytest.mark.parametrize(("setting", "state"), [("true", LetterState.FILED), ("false", LetterState.TRAY)])
def test_a_sure_letter(setting, state, monkeypatch, request):
    monkeypatch.setenv("ERECORDS_MAILROOM__FILES_BY_ITSELF", setting)
    row = request.getfixturevalue("receive")(letter_text(SURE))
    assert (row.state, row.suggestion["recommendation"]) == (state, "strong")
