"""Documents of a dossier over HTTP: put in, served to who may, gone with the client's key (DOS-15, INS-6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest

from aggregates.client.proofs.state import Proof
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.clients.attach_document import AttachDocument
from commands.clients.remove_document import RemoveDocument
from commands.clients.remove_dossier import RemoveDossier
from commands.files import LARGEST
from processors.runtime.links import PROOF_DAYS, Links
from processors.runtime.retention import forget_files
from schema.files import PART
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door, assert_problem
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import VAULT, School

pytestmark = pytest.mark.rule("DOS-15")
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 5_000
HEIC = b"\x00\x00\x00\x18ftypheic" + b"pixels"
NAME = "carte d’étudiante, recto.pdf"
LINKS = Links(VAULT, "https://portail.example.com")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def upload(
    door: Door, client: UUID, content: bytes = PDF, headers: dict[str, str] | None = None, **query: str
) -> httpx2.Response:
    asked = {"name": NAME} | query
    shown = door.office if headers is None else headers
    return door.http.post(f"/api/clients/{client}/documents", params=asked, content=content, headers=shown)


def discounted(school: School) -> tuple[UUID, UUID]:
    client = school.client()
    return client, school.registration(client, school.activity("Autonomie"), discount=school.discount())


def proof(school: School, client: UUID, registration: UUID) -> Proof | None:
    found: Proof | None = school.state(CLIENT.at(client)).registrations[registration].sale.proof  # type: ignore[union-attr]
    return found


def test_what_was_put_in_is_listed_and_comes_back_whole_to_who_may(
    door: Door, school: School, models: Projecting
) -> None:
    client, other = school.client(), school.client()
    made = upload(door, client)
    assert made.status_code == 200, made.text
    document = made.json()["document"]
    models.catch_up()
    own = door.as_(Role.CLIENT, user=client)
    for headers in (door.office, own):
        (row,) = door.http.get(f"/api/clients/{client}/documents", headers=headers).json()["items"]
        assert (row["id"], row["name"], row["size"]) == (document, NAME, len(PDF))
        assert (row["kind"], row["state"], row["media"]) == ("other", "kept", "application/pdf")
        got = door.http.get(f"/api/clients/{client}/documents/{document}/file", headers=headers)
        assert got.content == PDF
        assert len(PDF) > PART
        assert got.headers["content-disposition"].startswith("attachment;")
        assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert got.headers["x-content-type-options"] == "nosniff"
    foreign = door.as_(Role.CLIENT, user=other)
    for path in (f"/api/clients/{client}/documents", f"/api/clients/{client}/documents/{document}/file"):
        unknown = door.http.get(path.replace(str(client), str(uuid4())), headers=foreign)
        answer = door.http.get(path, headers=foreign)
        assert (answer.status_code, answer.json()) == (404, unknown.json())
        for role in (Role.TRAINER, Role.AUDITOR):
            assert_problem(door.http.get(path, headers=door.as_(role)), 403, "forbidden", None)
    assert (
        door.http.get(f"/api/clients/{other}/documents/{document}/file", headers=door.office).status_code
        == 404
    )


@pytest.mark.rule("AUD-4")
def test_it_is_noted_who_of_the_staff_had_a_file(door: Door, school: School, models: Projecting) -> None:
    client = school.client()
    document = school.document(client)
    models.catch_up()
    path = f"/api/clients/{client}/documents/{document}/file"
    assert door.http.get(path, headers=door.as_(Role.CLIENT, user=client)).status_code == 200
    assert door.http.get(path, headers=door.as_(Role.ORGANISER)).status_code == 200
    trail = door.http.get(f"/api/access-trail?subject={client}", headers=door.as_(Role.ADMIN)).json()["items"]
    assert [(row["role"], row["kind"]) for row in trail] == [("organiser", "document")]


def test_only_documents_and_pictures_of_ten_megabytes_come_in(door: Door, school: School) -> None:
    client = school.client()
    assert upload(door, client, HEIC, name="photo.heic").status_code == 200
    for content in (b"<html>", b"", b"MZ" + PDF, b"\x00\x00\x00\x18ftypisom"):
        assert_problem(upload(door, client, content), 409, "unknown_file_type", "DOS-15")
    assert upload(door, client, PDF + bytes(LARGEST)).status_code == 413
    assert upload(door, client, name="a/b.pdf").status_code == 422


def test_what_is_refused_leaves_no_file_and_a_foreign_upload_is_nobodys(door: Door, school: School) -> None:
    def files() -> int:
        with school.side.pool.connection() as connection:
            row = connection.execute("select count(*) from files").fetchone()
        assert row is not None
        return int(row[0])

    before = files()
    assert_problem(upload(door, uuid4()), 404, "no_such_dossier", "DOS-17")
    assert files() == before
    client = school.client()
    theirs = school.upload()
    own = door.as_(Role.CLIENT, user=client)
    answer = door.send(AttachDocument(client=client, file=theirs), own)
    assert_problem(answer, 404, "no_such_file", "COM-6")


@pytest.mark.rule("DOS-11")
def test_a_document_stays_for_years_and_ends_with_its_clients_key(
    door: Door, school: School, models: Projecting
) -> None:
    kept, gone = school.client(), school.client()
    documents = [UUID(upload(door, client).json()["document"]) for client in (kept, gone)]
    school.send(RemoveDossier(client=gone))
    models.catch_up()
    with school.side.pool.connection() as connection:
        forget_files(connection, school.side.clock() + timedelta(days=4_000), needed=[])
        left = connection.execute("select id from files where id = any(%s)", (documents,)).fetchall()
    assert left == [(documents[0],)]
    path = f"/api/clients/{gone}/documents/{documents[1]}/file"
    assert door.http.get(path, headers=door.office).status_code == 404
    school.send(RemoveDocument(client=kept, document=documents[0]))
    with school.side.pool.connection() as connection:
        assert connection.execute("select from files where id = %s", (documents[0],)).fetchone() is None
    models.catch_up()
    assert door.http.get(f"/api/clients/{kept}/documents", headers=door.office).json()["items"] == []


@pytest.mark.rule("INS-6")
def test_staff_put_in_a_proof_and_decide_on_it_in_the_dossier(
    door: Door, school: School, models: Projecting
) -> None:
    client, registration = discounted(school)
    models.catch_up()
    path = f"/dossiers/{client}?onglet=documents"
    page = Page(door, path, Role.ORGANISER)
    none = page.bring(f"/dossiers/{client}/documents", {"use": str(registration)})
    assert "Choisissez d’abord un fichier." in none.text
    sent = page.bring(f"/dossiers/{client}/documents", {"use": str(registration)}, (NAME, PDF))
    assert sent.status_code == 303, sent.text
    assert proof(school, client, registration) is Proof.RECEIVED
    models.catch_up()
    page = Page(door, path, Role.ORGANISER)
    assert "à vérifier" in page.text
    (row,) = door.http.get(f"/api/clients/{client}/documents", headers=door.office).json()["items"]
    act = f"/dossiers/{client}/documents/{row['id']}"
    assert page.http.get(act, headers=page.headers).content == PDF
    about = {"registration": str(registration)}
    assert "Dites pourquoi" in page.send(act, about | {"act": "reject"}).text
    rejected = page.send(act, about | {"act": "reject", "reason": "Carte échue"})
    assert "fait=proof_rejected" in rejected.headers["location"]
    assert proof(school, client, registration) is Proof.REJECTED
    second = page.bring(f"/dossiers/{client}/documents", {"use": str(registration)}, ("photo.heic", HEIC))
    assert second.status_code == 303
    models.catch_up()
    newest = door.http.get(f"/api/clients/{client}/documents", headers=door.office).json()["items"]
    assert [(r["state"], r["to_decide"]) for r in newest] == [("received", True), ("rejected", False)]
    act = f"/dossiers/{client}/documents/{newest[0]['id']}"
    page = Page(door, path, Role.ORGANISER)
    assert page.send(act, about | {"act": "accept"}).status_code == 303
    assert proof(school, client, registration) is Proof.ACCEPTED


@pytest.mark.rule("INS-6", "COM-12")
def test_a_client_sends_the_proof_by_the_link_of_the_mail_without_log_in(
    door: Door, school: School, models: Projecting
) -> None:
    client, registration = discounted(school)
    models.catch_up()
    link = LINKS.proof(client, registration, school.side.clock()).removeprefix(LINKS.public_url)
    shown = door.http.get(link)
    assert shown.status_code == 200
    assert "Chômage" in shown.text
    assert "Éloïse" not in shown.text, "whoever holds the link learns no name"
    fields = {"command_id": str(uuid4())}
    assert "Choisissez" in door.http.post(link, data=fields, files={"file": ("", b"")}).text
    wrong = door.http.post(link, data=fields, files={"file": ("a.exe", b"MZ")})
    assert wrong.status_code == 409
    assert "ni un PDF" in wrong.text
    for _ in range(2):  # the button pressed twice
        sent = door.http.post(link, data=fields, files={"file": (NAME, PDF)})
        assert sent.status_code == 200
        assert "la pièce est arrivée" in sent.text
    assert proof(school, client, registration) is Proof.RECEIVED
    assert len(school.state(CLIENT.at(client)).documents) == 1  # type: ignore[union-attr]
    old = LINKS.proof(client, registration, school.side.clock() - timedelta(days=PROOF_DAYS + 2))
    foreign = LINKS.proof(school.client(), registration, school.side.clock())
    for over in (old, foreign, link[:-2] + "AA"):
        assert door.http.get(over.removeprefix(LINKS.public_url)).status_code == 404
