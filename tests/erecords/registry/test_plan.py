from pathlib import Path

import pytest
from sqlmodel import col, select

from erecords.errors import InputRefused, NotFound, NotPermitted
from erecords.registry import cases, documents, plan
from erecords.registry.documents import NewRendition
from erecords.store.lifecycle import Protection, RenditionKind
from erecords.store.models import AuditEntry, Outbox, PlanClass
from tests.city import DATA, City

HEADER = "notation,parent,title,office,retention,file_kind,file_key,protection,scope"


def plan_file(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "plan.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def sample(*changes: tuple[str, str], without: tuple[str, ...] = ()) -> list[str]:
    """The sample city's plan with lines changed or left out."""
    lines = (DATA / "filing_plan.csv").read_text(encoding="utf-8").splitlines()[1:]
    lines = [line for line in lines if line.split(",")[0] not in without]
    for old, new in changes:
        lines = [line.replace(old, new) for line in lines]
    return lines


def load(city: City, path: Path):
    with city.work("u-org1") as work:
        return plan.import_plan(work, city.actor("u-org1"), path)


def test_the_sample_plan_is_complete_and_in_order(city):
    with city.read() as session:
        classes = plan.all_classes(session)
        assert len(classes) == 85
        notations = list(classes)
        assert all(
            not found.parent or notations.index(found.parent) < notations.index(found.notation)
            for found in classes.values()
        )
        assert plan.ancestors(session, "22.31") == ("2", "22", "22.3", "22.31")
        assert plan.path_of(classes, "22.31") == ("2", "22", "22.3", "22.31")
        assert set(plan.below(session, "22.3")) == {"22.3", "22.31", "22.32"}
        assert plan.children(session, "22.3") == ["22.31", "22.32"]
        with pytest.raises(NotFound):
            plan.find_class(session, "99")


def test_rule_and_protection_are_inherited_where_they_are_blank(city, tmp_path):
    load(
        city,
        plan_file(
            tmp_path,
            "A.1.b,A.1,Unten,22.3,,einzelfallakte,person,,",
            "A.1,A,Mitte,22,R-NEU,gruppe,,,",
            "A,,Oben,22,R-OBEN,gruppe,,steuergeheimnis,",
            "A.2,A,Neben,22,,sachakte,none,offen,",
            "B,,Ohne alles,22,,sachakte,,,",
        ),
    )
    with city.read() as session:
        found = {c.notation: c for c in session.exec(select(PlanClass).where(col(PlanClass.notation).startswith("A")))}
        assert {name: (c.rule, c.rule_inherited) for name, c in found.items()} == {
            "A": ("R-OBEN", False),
            "A.1": ("R-NEU", False),
            "A.1.b": ("R-NEU", True),
            "A.2": ("R-OBEN", True),
        }
        assert {name: (c.protection.value, c.protection_inherited) for name, c in found.items()} == {
            "A": ("steuergeheimnis", False),
            "A.1": ("steuergeheimnis", True),
            "A.1.b": ("steuergeheimnis", True),
            "A.2": ("offen", False),
        }
        assert found["A.2"].file_key == ""
        alone = session.get_one(PlanClass, "B")
        assert alone.rule is None and alone.protection is plan.DEFAULT_PROTECTION is Protection.PERSONAL


def test_the_columns_of_inherited_values_may_be_missing(city, tmp_path):
    header = "notation,parent,title,office,file_kind"
    load(city, plan_file(tmp_path, "X/1".replace("/", "-") + ",,Oben,10,sachakte", header=header))
    with city.read() as session:
        assert session.get_one(PlanClass, "X-1").rule is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["A,,Oben,99,,gruppe,,,"], "line 2, column office: there is no unit '99'"),
        (["A,B,Oben,10,,gruppe,,,"], "line 2, column parent: there is no class 'B'"),
        (["A,A,Oben,10,,gruppe,,,"], "line 2, column parent: class 'A' stands below itself"),
        (
            ["A,,O,10,,gruppe,,,", "B,C,O,10,,gruppe,,,", "C,B,O,10,,gruppe,,,"],
            "line 3, column parent: class 'B' stands",
        ),
        (["A,,Oben,10,,gruppe,,,", "A,,Oben,10,,gruppe,,,"], "line 3, column notation: 'A' stands already on line 2"),
        (["A,,Oben,10,,akte,,,"], "line 2, column file_kind: "),
        (["A,,Oben,10,,gruppe,,geheim,"], "line 2, column protection: "),
        (["A,,Oben,,,gruppe,,,"], "line 2, column office: must not be empty"),
        ([f"A{n},,,10,,gruppe,,," for n in range(9)], "(6 more)"),
    ],
)
def test_a_mistake_is_named_and_the_old_plan_stays(city, tmp_path, lines, said):
    with pytest.raises(InputRefused) as error:
        load(city, plan_file(tmp_path, *lines))
    assert said in str(error.value) and str(error.value).startswith("plan.csv: ")
    with city.read() as session:
        assert len(plan.all_classes(session)) == 85


def test_only_what_differs_is_written_and_logged(city, tmp_path):
    with city.read() as session:
        before = len(session.exec(select(AuditEntry.sequence)).all())
    lines = sample(("Hundesteuer Einzelfälle", "Hundesteuer, Einzelfälle"), without=("22.32",))
    lines = [line.replace("Hundesteuer, Einzelfälle", '"Hundesteuer, Einzelfälle"') for line in lines]
    report = load(city, plan_file(tmp_path, *lines, "22.33,22.3,Neu,22.3,,sachakte,,,"))
    assert (report.added, report.changed, report.removed, report.kept) == (("22.33",), ("22.31",), ("22.32",), ())
    with city.read() as session:
        new = session.exec(select(AuditEntry).where(AuditEntry.sequence > before).order_by(AuditEntry.sequence)).all()
        assert [(entry.action, entry.object) for entry in new] == [
            ("class.change", "class:22.31"),
            ("class.create", "class:22.33"),
            ("class.remove", "class:22.32"),
        ]
        assert new[0].details == '{"values":{"title":"Hundesteuer, Einzelfälle"}}'


def open_case_with_document(city: City) -> None:
    with city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        case = cases.open_case(work, actor, class_notation="22.31", title="Hundesteuer Colditz, Uwe")
        blob = city.blobs.put_bytes(b"Brief")
        original = NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain")
        documents.register(work, actor, city.blobs, case, title="Brief", name="brief.txt", renditions=[original])


def test_a_class_with_case_files_stays_with_all_above_it(city, tmp_path):
    open_case_with_document(city)
    report = load(city, plan_file(tmp_path, "9,,Neu,10,,gruppe,,offen,"))
    assert report.kept == ("2", "22", "22.3", "22.31")
    assert len(report.removed) == 81 and report.added == ("9",)


def test_a_class_with_case_files_cannot_become_a_group(city, tmp_path):
    open_case_with_document(city)
    lines = sample(("Einzelfälle,22.3,R-STEUER-10,einzelfallakte,person", "Einzelfälle,22.3,R-STEUER-10,gruppe,"))
    with pytest.raises(InputRefused, match=r"column file_kind: class .* holds case files"):
        load(city, plan_file(tmp_path, *lines))


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("22.31,22.3,", "22.31,22.32,", True),
        (
            "Einzelfälle,22.3,R-STEUER-10,einzelfallakte,person,steuergeheimnis",
            "Einzelfälle,22.3,R-STEUER-10,einzelfallakte,person,offen",
            True,
        ),
        ("Hundesteuer Einzelfälle", "Hundesteuerfälle", False),
    ],
)
def test_what_the_index_knows_of_a_class_is_indexed_again(city, tmp_path, old, new, again):
    open_case_with_document(city)
    with city.read() as session:
        before = max(session.exec(select(Outbox.sequence)).all())
    assert load(city, plan_file(tmp_path, *sample((old, new)))).changed == ("22.31",)
    with city.read() as session:
        kinds = session.exec(select(Outbox.kind).where(col(Outbox.sequence) > before)).all()
        assert sorted(kinds) == (["case", "document"] if again else [])


def test_who_may_change_the_plan(city, tmp_path):
    for actor in ("u-hust1", "u-post1", "u-arc1", "u-dsb1"):
        with pytest.raises(NotPermitted), city.work(actor) as work:
            plan.import_plan(work, city.actor(actor), DATA / "filing_plan.csv")
