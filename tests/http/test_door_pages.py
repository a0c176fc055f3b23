"""The pages of the door over HTTP: equal answers and times, first steps, what ends a session (T23)."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx2
import pyotp
import pytest

from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.links import LinkPurpose
from aggregates.staff.state import STAFF, StaffUser
from commands.access_links import AccessLink, AccessLinks
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.remove_dossier import RemoveDossier
from commands.staff.change_staff import ChangeStaff
from projections.runtime.builds import add_missing
from projections.runtime.connection import connect
from service.bootstrap import MODELS
from tests.support.http import Door, post
from tests.support.lanes import figures
from tests.support.passwords import cheap_passwords
from tests.support.write_side import ADMIN, VAULT, School, principal

PASSWORD, OTHER = "Éloïse aime 3 pommes", "une tout autre phrase"
HARMLESS = RemoveDossier(client=UUID(int=4))
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module", autouse=True)
def views(shared_database: str) -> None:
    """The tables that pages read; those of this file show nothing of them that changes."""
    with connect(shared_database) as line:
        add_missing(line, MODELS)


@pytest.fixture
def quick() -> Iterator[None]:
    with cheap_passwords():
        yield


def fresh() -> str:
    return f"{uuid4().hex}@example.com"


def calm(school: School) -> None:
    """Nobody tried anything yet: the throttle is looked at elsewhere."""
    with school.side.pool.connection() as connection:
        connection.execute("delete from attempts")


def settle(school: School) -> None:
    """What was set aside is carried out, other tests' too."""
    while school.side.door.settle():
        pass


def owner_of(school: School, email: str) -> UUID:
    """Who has the address."""
    with school.side.pool.connection() as connection:
        owner = school.side.store.log.claim_owner("email", VAULT.keyed_hash("email", email), connection)
    assert owner is not None
    return owner


def sign_up(door: Door, **changes: str) -> httpx2.Response:
    values = {
        "first_name": "Éloïse",
        "last_name": f"Roy {uuid4().hex}",
        "email": fresh(),
        "postal_code": "H2X 1Y4",
        "city": "Montréal",
        "country": "CA",
        "language": "fr",
        "password": PASSWORD,
    }
    return door.http.post("/inscription", data=values | changes)


def forgotten(door: Door, email: str) -> httpx2.Response:
    return door.http.post("/mot-de-passe-oublie", data={"email": email})


def shown(answer: httpx2.Response, email: str) -> tuple[int, str]:
    return answer.status_code, _ID.sub("", answer.text.replace(email, ""))


def link(school: School, person: UUID, purpose: LinkPurpose, *, late: timedelta = timedelta()) -> str:
    """The path of the person's open link, which ends in an hour, or ended."""
    try:
        state = school.side.store.load([CLIENT.at(person)])[0].state
    except LookupError:
        state = school.side.store.load([STAFF.at(person)])[0].state
    assert isinstance(state, Dossier | StaffUser)
    links, staff = (state.access.links, False) if isinstance(state, Dossier) else (state.links, True)
    made, until = AccessLinks(VAULT), datetime.now(UTC) + timedelta(hours=1) - late
    address = made.address(str(state.email))
    return "/acces/" + made.token(AccessLink(person, staff, purpose, links.open[purpose], until, address))


def log_in(door: Door, email: str, password: str = PASSWORD, code: str = "") -> httpx2.Response:
    with httpx2.Client(base_url=door.http.base_url, timeout=30) as http:
        return http.post("/connexion", data={"email": email, "password": password, "code": code})


def cookie(answer: httpx2.Response) -> dict[str, str]:
    return {"Cookie": f"portail={answer.cookies['portail']}"}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


@pytest.mark.rule("T23", "DOS-4", "DOS-7")
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("ask", [sign_up, forgotten, log_in])
def test_a_known_and_an_unknown_address_get_the_same_answer_in_the_same_time(
    door: Door, school: School, ask: object
) -> None:
    known, took = fresh(), {True: list[float](), False: list[float]()}
    pages: set[tuple[int, str]] = set()
    client = school.client(email=known)
    school.side.sessions.set_account(client, known, [Role.CLIENT], PASSWORD)
    # By one open line: a client of its own takes tens of milliseconds, more on a busy machine.
    for n in range(41):
        for exists in (True, False) if n % 2 else (False, True):
            calm(school)
            email = known if exists else fresh()
            begun = time.perf_counter()
            if ask is sign_up:
                answer = sign_up(door, email=email)
            elif ask is forgotten:
                answer = forgotten(door, email)
            else:
                answer = door.http.post("/connexion", data={"email": email, "password": "faux"})
            took[exists].append(time.perf_counter() - begun)
            pages.add(shown(answer, email))
    assert len(pages) == 1
    apart = [1_000 * (one - other) for one, other in zip(took[True], took[False], strict=True)]
    name, median = getattr(ask, "__name__", ""), 1_000 * statistics.median(took[True])
    print(f"T23: {name}: {median:.1f} ms known, {statistics.median(apart):+.2f} ms apart from unknown")
    assert abs(statistics.median(apart)) < 10
    slower = statistics.median(ms + 20 for ms in apart)
    assert abs(slower) >= 10, "the control: 20 ms more are seen"


@pytest.mark.rule("T23", "DOS-7")
@pytest.mark.usefixtures("quick")
@figures("guesses", short=500, long=10_000)
def test_of_many_guesses_ten_in_a_quarter_of_an_hour_are_made(
    door: Door, school: School, guesses: int
) -> None:
    email = fresh()
    school.side.sessions.set_account(uuid4(), email, [Role.OFFICE], PASSWORD)
    tried = paused = 0
    with httpx2.Client(base_url=door.http.base_url, timeout=30) as http:
        for n in range(guesses):
            answer = http.post("/connexion", data={"email": email, "password": f"essai {n}"})
            tried += answer.status_code == 401
            paused += answer.status_code == 429
        right = http.post("/connexion", data={"email": email, "password": PASSWORD})
    print(f"T23: of {guesses} guesses {tried} were tried, {paused} were not")
    assert (tried, tried + paused, right.status_code) == (10, guesses, 429)
    calm(school)
    assert log_in(door, email).status_code == 303, "the control: it was the right password"


@pytest.mark.rule("T23", "DOS-4", "DOS-7")
@pytest.mark.usefixtures("quick")
def test_probes_for_addresses_and_names_are_paused(door: Door, school: School) -> None:
    calm(school)
    email = fresh()
    assert [forgotten(door, email).status_code for _ in range(4)] == [200] * 3 + [429]
    assert [sign_up(door).status_code for _ in range(21)] == [200] * 20 + [429]
    calm(school)


@pytest.mark.rule("DOS-4")
@pytest.mark.usefixtures("quick")
def test_the_same_name_and_postal_code_get_the_telephones_and_nothing_of_the_dossier(
    door: Door, school: School
) -> None:
    name = f"Lévesque {uuid4().hex}"
    school.client(last_name=name, email=(email := fresh()), telephone="+1 514 555 0177")
    page = sign_up(door, last_name=name.upper().replace("É", "E")).text
    assert "Déjà client" in page
    assert "mailto:" in page
    assert email not in page
    assert "555 0177" not in page
    assert "Déjà client" not in sign_up(door).text, "the control"


@pytest.mark.rule("DOS-1", "DOS-3")
@pytest.mark.usefixtures("quick")
def test_from_the_form_to_the_account(door: Door, school: School) -> None:
    email = fresh()
    assert sign_up(door, email=email, by_email="yes", by_post="no", by_telephone="no").status_code == 200
    settle(school)
    assert log_in(door, email).status_code == 401, "not before the address is confirmed"
    path = link(school, owner_of(school, email), LinkPurpose.VALIDATION)
    assert door.http.get(path).status_code == 200
    assert log_in(door, email).status_code == 401, "opening the page changes nothing"
    assert door.http.post(path).headers["location"] == "/connexion?fait=confirmed"
    assert "ne vaut plus" in door.http.post(path).text
    answer = log_in(door, email)
    assert (answer.status_code, answer.headers["location"]) == (303, "/mon-dossier")
    assert door.http.get("/compte", headers=cookie(answer)).status_code == 200


@pytest.mark.rule("DOS-2", "DOS-3")
@pytest.mark.usefixtures("quick")
def test_an_activated_client_answers_for_each_channel_before_anything_else(
    door: Door, school: School
) -> None:
    email = fresh()
    client = school.client(email=email)
    path = link(school, client, LinkPurpose.ACTIVATION)
    assert "Au moins 10" in door.http.post(path, data={"password": "court"}).text
    assert door.http.post(path, data={"password": PASSWORD}).headers["location"] == "/connexion?fait=password"
    session = cookie(log_in(door, email))
    html = {**session, "Accept": "text/html"}
    assert door.http.get("/compte", headers=html).headers["location"] == "/preferences"
    assert door.http.get("/connexion", headers=html).headers["location"] == "/preferences"
    asked = door.http.get("/connexion?next=/mon-dossier", headers=html).headers["location"]
    assert asked == "/preferences?next=/mon-dossier"
    question = door.http.get(asked, headers=session).text
    following = hidden(question, "next")
    answers = {"csrf": hidden(question, "csrf"), "telephone": "no", "post": "no", "next": following}
    assert door.http.post("/preferences", data=answers, headers=session).status_code == 422
    wrong = {**answers, "email": "yes", "csrf": "x"}
    assert door.http.post("/preferences", data=wrong, headers=session).status_code == 403
    done = door.http.post("/preferences", data={**answers, "email": "yes"}, headers=session)
    assert (done.status_code, done.headers["location"]) == (303, "/mon-dossier?fait=preferences"), (
        "where the mail led to"
    )
    assert door.http.get("/compte", headers=session).status_code == 200
    state = school.state(CLIENT.at(client))
    assert isinstance(state, Dossier)
    assert {c.value: a.allowed for c, a in state.wishes.answers.items()} == {
        "telephone": False,
        "post": False,
        "email": True,
    }


@pytest.mark.rule("DOS-3")
@pytest.mark.usefixtures("quick")
def test_a_link_that_is_over_offers_another_to_the_same_address(door: Door, school: School) -> None:
    calm(school)
    client = school.client(email=fresh())
    path = link(school, client, LinkPurpose.ACTIVATION, late=timedelta(hours=2))
    assert "Recevoir un nouveau lien" in door.http.get(path).text
    assert door.http.post(path, data={"password": PASSWORD}).status_code == 409
    assert "Consultez vos courriels" in door.http.post(path, data={"act": "new"}).text
    settle(school)
    assert door.http.get(link(school, client, LinkPurpose.ACTIVATION)).text.count("Enregistrer") == 1
    assert door.http.get("/acces/rien").status_code == 404


@pytest.mark.rule("DOS-7", "STF-1")
@pytest.mark.usefixtures("quick")
def test_accounting_and_admin_choose_a_second_factor_before_anything_else(door: Door, school: School) -> None:
    email = fresh()
    school.side.sessions.set_account(uuid4(), email, [Role.ADMIN], PASSWORD)
    session = cookie(log_in(door, email))
    assert post(door.http, HARMLESS, session).status_code == 401
    page = door.http.get("/second-facteur", headers=session).text
    secret = re.search(r"tapez la clé <span[^>]*>([A-Z2-7 ]+)<", page)
    assert secret is not None
    totp, csrf = pyotp.TOTP(secret[1].replace(" ", "")), hidden(page, "csrf")
    wrong = door.http.post("/second-facteur", data={"csrf": csrf, "code": "000000"}, headers=session)
    assert wrong.status_code == 422
    right = door.http.post("/second-facteur", data={"csrf": csrf, "code": totp.now()}, headers=session)
    assert right.status_code == 303
    assert door.http.get("/equipe", headers=session).status_code == 200
    assert log_in(door, email).status_code == 401, "from now on a code is asked"


class TestWhatEndsSessions:
    @pytest.mark.rule("T23", "DOS-7")
    @pytest.mark.usefixtures("quick")
    def test_a_new_password_ends_every_other_session(self, door: Door, school: School) -> None:
        email = fresh()
        client = school.client(email=email)
        school.side.sessions.set_account(client, email, [Role.CLIENT], PASSWORD)
        answers = ChoosePreferences(client=client, telephone=False, post=False, email=False, wording="1")
        school.send(answers, principal(Role.CLIENT, user=client))
        mine, other = cookie(log_in(door, email)), cookie(log_in(door, email))
        page = door.http.get("/compte", headers=mine).text
        assert page.count("Mettre fin") == 1
        csrf = hidden(page, "csrf")
        values = {"csrf": csrf, "act": "password", "current": "faux", "password": OTHER}
        assert door.http.post("/compte", data=values, headers=mine).status_code == 422
        assert door.http.get("/compte", headers=other).status_code == 200, "the control"
        changed = door.http.post("/compte", data={**values, "current": PASSWORD}, headers=mine)
        assert changed.headers["location"] == "/compte?fait=password_changed"
        for ended in (mine, other):
            assert door.http.get("/compte", headers=ended).status_code == 401
        assert door.http.get("/compte", headers=cookie(changed)).status_code == 200
        assert log_in(door, email).status_code == 401
        assert log_in(door, email, OTHER).status_code == 303

    @pytest.mark.rule("T23", "STF-1")
    @pytest.mark.usefixtures("quick")
    def test_other_roles_end_every_session(self, door: Door, school: School) -> None:
        email, staff = fresh(), uuid4()
        school.employ(staff, roles=(Role.OFFICE,))
        school.side.sessions.set_account(staff, email, [Role.OFFICE], PASSWORD)
        session = cookie(log_in(door, email))
        assert post(door.http, HARMLESS, session).status_code == 404, "the control"
        name = school.state(STAFF.at(staff))
        assert isinstance(name, StaffUser)
        wish = ChangeStaff(
            staff=staff, seen_version=1, name=str(name.name), email=str(name.email), roles=(Role.TRAINER,)
        )
        school.send(wish, ADMIN)
        assert post(door.http, HARMLESS, session).status_code == 401


class TestTeam:
    @pytest.mark.rule("STF-1")
    @pytest.mark.usefixtures("quick")
    def test_somebody_is_invited_chooses_a_password_and_is_removed(self, door: Door, school: School) -> None:
        secret, admin, email = pyotp.random_base32(), fresh(), fresh()
        school.side.sessions.set_account(uuid4(), admin, [Role.ADMIN], PASSWORD, secret)
        session = cookie(log_in(door, admin, code=pyotp.TOTP(secret).now()))

        def send(**values: object) -> httpx2.Response:
            page = door.http.get("/equipe", headers=session).text
            form = {"csrf": hidden(page, "csrf"), "command_id": str(uuid4()), **values}
            return door.http.post("/equipe", data=form, headers=session)

        added = send(act="add", name="Aimée Côté", email=email, roles=["office"])
        assert added.status_code == 303, added.text
        staff = owner_of(school, email)
        path = link(school, staff, LinkPurpose.INVITATION)
        assert door.http.post(path, data={"password": PASSWORD}).status_code == 303
        theirs = cookie(log_in(door, email))
        assert post(door.http, HARMLESS, theirs).status_code == 404
        assert door.http.get("/equipe", headers=theirs).status_code == 403
        assert send(act="invite", staff=str(staff)).status_code == 303
        assert send(act="remove", staff=str(staff)).status_code == 303
        assert post(door.http, HARMLESS, theirs).status_code == 401

    @pytest.mark.rule("DOS-7")
    @pytest.mark.usefixtures("quick")
    def test_a_token_is_shown_once_and_revoked(self, door: Door, school: School) -> None:
        secret, admin = pyotp.random_base32(), fresh()
        school.side.sessions.set_account(uuid4(), admin, [Role.ADMIN], PASSWORD, secret)
        session = cookie(log_in(door, admin, code=pyotp.TOTP(secret).now()))
        page = door.http.get("/equipe", headers=session).text
        form = {"csrf": hidden(page, "csrf"), "act": "issue", "role": "office", "days": "30"}
        assert door.http.post("/equipe", data=form, headers=session).status_code == 422
        label = f"Essai {uuid4().hex}"
        issued = door.http.post("/equipe", data={**form, "label": label}, headers=session).text
        token = re.search(r"portail_[\w-]+", issued)
        assert token is not None
        headers = {"Authorization": f"Bearer {token[0]}"}
        assert post(door.http, HARMLESS, headers).status_code == 404
        listed = door.http.get("/equipe", headers=session).text
        assert token[0] not in listed
        id_ = re.search(rf'{label}.*?name="token" value="([^"]+)"', listed, re.DOTALL)
        assert id_ is not None
        form = {"csrf": form["csrf"], "command_id": str(uuid4()), "act": "revoke", "token": id_[1]}
        assert door.http.post("/equipe", data=form, headers=session).status_code == 303
        assert post(door.http, HARMLESS, headers).status_code == 401
