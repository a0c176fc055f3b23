"""The pages in a real browser: accessible, within the strict policy, and what scripts add."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect, sync_playwright

from tests.portal.preview import ADDRESS, CHROMIUM, rendered, serve
from tests.portal.samples import pages

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NAMES = [page.name for page in pages()]
CHOSEN = {*{page.template: page.name for page in reversed(pages())}.values()} | {
    name for name in NAMES if "error" in name or "refused" in name
}
"""Of each template a page, and those with errors: other states are made of the same parts."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def html() -> dict[str, str]:
    return rendered()


@pytest.fixture
def tab(browser: Browser, html: dict[str, str]) -> Iterator[Page]:
    """A page that may say nothing on the console: neither a blocked style nor a script's error."""
    said: list[str] = []
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.route("**/*", lambda route: serve(route, html))
    yield page
    context.close()
    assert said == []


AXE, AXE_AGAIN = Axe(), Axe("0")
"""The second is for a page that holds the first one's script."""


def violations(page: Page, *rules: str, by: Axe = AXE, colours: bool = True) -> list[str]:
    """What breaks these rules, all when none is named; colours take as long as all the others."""
    options: dict[str, object] = {"resultTypes": ["violations"]}  # the others told whole take thrice as long
    if rules:
        options["runOnly"] = list(rules)
    if not colours:
        options["rules"] = {"color-contrast": {"enabled": False}}
    found = by.run(page, options=options).response["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


OF_LAYOUT = ("target-size", "scrollable-region-focusable", "link-in-text-block")
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 900}


def dressed(html: dict[str, str]) -> set[str]:
    """Pages, fullest first, that wear what none before them wore: an element of a class has its colours."""
    worn: set[str] = set()
    pages = set()
    for name in sorted(CHOSEN, key=lambda name: (-len(html[name]), name)):
        new = set(re.findall(r'<\w+(?=[\s>])|class="[^"]*"', html[name])) - worn
        if new:
            pages.add(name)
            worn |= new
    return pages


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
def test_no_page_breaks_an_accessibility_rule(tab: Page, html: dict[str, str], every: bool) -> None:
    """In the dark nothing but colours differs; on a phone the layout."""
    coloured = set(NAMES) if every else dressed(html)
    broken = {}
    for name in NAMES if every else sorted(CHOSEN):
        tab.emulate_media(color_scheme="light")
        tab.set_viewport_size(DESKTOP)
        tab.goto(f"{ADDRESS}/preview/{name}")
        found = violations(tab, colours=name in coloured) + too_wide(tab, DESKTOP)
        if name in coloured:
            tab.emulate_media(color_scheme="dark")
            found += violations(tab, "color-contrast", by=AXE_AGAIN)
            tab.emulate_media(color_scheme="light")
        tab.set_viewport_size(PHONE)
        rules = (*OF_LAYOUT, "color-contrast") if every else OF_LAYOUT
        found += violations(tab, *rules, by=AXE_AGAIN) + too_wide(tab, PHONE)
        if found:
            broken[name] = found
    assert broken == {}


IN_ENGLISH = ("own-file", "basket-adding", "dates-client", "sign-up-errors")
"""Of the fullest pages: English words are wider here and there."""


def test_pages_in_english_break_no_accessibility_rule_either(browser: Browser) -> None:
    english = rendered("en", IN_ENGLISH)
    page = browser.new_page(reduced_motion="reduce")
    page.route("**/*", lambda route: serve(route, english))
    broken = {}
    for name in IN_ENGLISH:
        page.set_viewport_size(DESKTOP)
        page.goto(f"{ADDRESS}/preview/{name}")
        found = violations(page) + too_wide(page, DESKTOP)
        page.set_viewport_size(PHONE)
        found += violations(page, *OF_LAYOUT, by=AXE_AGAIN) + too_wide(page, PHONE)
        if found:
            broken[name] = found
    page.close()
    assert broken == {}


def too_wide(page: Page, size: ViewportSize) -> list[str]:
    """A page that one has to push sideways."""
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} wide on {size['width']}"] if width > size["width"] else []


def test_the_accessibility_check_finds_a_planted_fault(tab: Page) -> None:
    tab.goto(f"{ADDRESS}/preview/login")
    tab.evaluate("document.querySelector('label[for=email]').remove()")
    assert [v for v in violations(tab) if v.startswith("label")]


def test_the_check_of_dark_pages_finds_pale_letters(tab: Page) -> None:
    tab.emulate_media(color_scheme="dark")
    tab.goto(f"{ADDRESS}/preview/login")
    assert violations(tab, "color-contrast") == []
    tab.evaluate("document.querySelector('h1').style.color = '#333'")
    assert violations(tab, "color-contrast")


def test_the_browsers_own_policy_blocks_an_inline_style(browser: Browser, html: dict[str, str]) -> None:
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    planted = {"login": html["login"].replace("<main", '<main style="color: red"')}
    page.route("**/*", lambda route: serve(route, planted))
    page.goto(f"{ADDRESS}/preview/login")
    assert any("Content Security Policy" in text for text in said)
    page.close()


@pytest.mark.rule("LIS-2")
def test_check_all_and_quick_choices_check_whom_they_name(tab: Page) -> None:
    tab.goto(f"{ADDRESS}/preview/roster-full")
    ticked = tab.locator("tbody input:checked")
    count = tab.locator("[data-count]")
    expect(count).to_have_text("60 de 60 cochés")
    tab.get_by_label("Cocher tout le monde").click()
    expect(ticked).to_have_count(0)
    tab.get_by_role("button", name="étudiants E").click()
    students = tab.locator("tbody tr", has=tab.locator("abbr", has_text="E"))
    expect(ticked).to_have_count(students.count())
    tab.get_by_role("button", name="reprises R").click()
    expect(count).to_have_text("6 de 60 cochés")
    tab.get_by_role("button", name="les 60").click()
    expect(ticked).to_have_count(60)


@pytest.mark.rule("LIS-5")
def test_a_late_registration_appears_without_reload_and_ticks_stay(
    browser: Browser, html: dict[str, str]
) -> None:
    page = browser.new_page()
    page.clock.install()
    live = {"roster": html["roster"]}
    page.route("**/*", lambda route: serve(route, live))
    page.goto(f"{ADDRESS}/preview/roster")
    expect(page.locator("[data-count]")).to_have_text("42 de 42 cochés")
    unticked = page.locator("tbody input").nth(3)
    unticked.uncheck()
    late = html["roster-full"]
    live["roster"] = late.replace("60 / 60", "43 / 60")
    page.clock.run_for(11_000)
    expect(page.locator("tbody tr")).to_have_count(60)
    expect(page.locator("[data-count]")).to_have_text("59 de 60 cochés")
    expect(unticked).not_to_be_checked()
    expect(unticked).to_be_focused()
    expect(page.get_by_text("43 / 60")).to_be_visible()
    expect(page.locator("[data-announce]")).to_contain_text("Nouvelle inscription")
    page.close()


@pytest.mark.rule("LIS-1")
@pytest.mark.parametrize("width", [1280, 700, 375])
def test_the_printed_roster_holds_every_row_and_no_buttons(tab: Page, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(f"{ADDRESS}/preview/roster-full")
    tab.emulate_media(media="print")
    frame = tab.locator(".scroll")
    assert frame.evaluate("f => f.scrollHeight - f.clientHeight") == 0
    expect(tab.get_by_role("row")).to_have_count(63)
    expect(tab.locator("button:visible")).to_have_count(0)


@pytest.mark.parametrize(("scripts", "sent"), [(True, 1), (False, 3)])
def test_a_form_is_sent_once_however_often_one_clicks(
    browser: Browser, html: dict[str, str], scripts: bool, sent: int
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    posts: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.url)  # and no answer: the network is slow
        else:
            serve(route, html)

    page.route("**/*", answer)
    page.goto(f"{ADDRESS}/preview/register")
    page.locator("#w-w3").check()
    place = page.get_by_role("button", name="Inscrire").bounding_box()
    assert place is not None
    for _ in range(3):
        page.mouse.click(place["x"] + 20, place["y"] + 10)
        page.wait_for_timeout(100)
    assert len(posts) == sent
    context.close()


def test_slash_goes_to_the_search_box_but_is_a_letter_in_a_field(tab: Page) -> None:
    tab.goto(f"{ADDRESS}/preview/dossier-new")
    tab.keyboard.press("/")
    expect(tab.locator("#find")).to_be_focused()
    tab.locator("#city").focus()
    tab.keyboard.press("/")
    expect(tab.locator("#city")).to_have_value("/")
    tab.keyboard.press("Control+k")
    expect(tab.locator("#find")).to_be_focused()


def test_the_chosen_scheme_holds_on_the_next_page(tab: Page) -> None:
    tab.emulate_media(color_scheme="light")
    tab.goto(f"{ADDRESS}/preview/home")
    background = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(background)
    tab.get_by_role("button", name="Thème sombre").click()
    assert tab.evaluate(background) != light
    tab.goto(f"{ADDRESS}/preview/dossiers")
    assert tab.evaluate(background) != light
    tab.get_by_role("button", name="Thème clair").click()
    assert tab.evaluate(background) == light


def test_pages_work_without_scripts(browser: Browser, html: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", lambda route: serve(route, html))
    page.goto(f"{ADDRESS}/preview/roster-full")
    expect(page.locator("tbody input:checked")).to_have_count(60)
    expect(page.get_by_role("button", name="Marquer présents")).to_be_enabled()
    expect(page.get_by_role("button", name="étudiants E")).to_be_hidden()
    expect(page.get_by_role("button", name="Imprimer")).to_be_hidden()
    context.close()


@pytest.mark.rule("AUD-2")
def test_the_slider_leads_from_change_to_change_by_keyboard(tab: Page) -> None:
    tab.goto(f"{ADDRESS}/preview/dossier-past")
    slider = tab.get_by_label("Changements, du")
    expect(slider).to_be_visible()
    expect(tab.locator("output")).to_contain_text("38 sur 40")
    moments = (slider.get_attribute("data-moments") or "").split()
    with tab.expect_request(lambda request: "/dossiers/c1/au?" in request.url) as asked:
        slider.press("Home")
    assert urlencode({"onglet": "inscriptions", "le": moments[0]}) in asked.value.url
