"""What a page must be for every reader, asked of a browser that shows it."""

from contextlib import contextmanager
from importlib import resources

import pytest

#: Widths in pixels, and themes.
VIEWS = [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Shadows behind what scrolls sideways are pictures to axe, on which it reckons no contrast.
_FLAT = ".overflows { background: none !important }"


#: Cells beyond the edge of a box that scrolls are half seen, and their neighbours look the same.
_ASK = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations', 'incomplete']});
  const unsure = found.incomplete.filter((v) => v.id === 'color-contrast').flatMap((v) => v.nodes)
    .filter((n) => !document.querySelector(n.target[0]).closest('svg, .overflows'));
  return {
    violations: found.violations.map((v) => [v.id, v.nodes[0].html.slice(0, 120)]),
    unsure: unsure.map((n) => n.html.slice(0, 80)),
  };
}"""


@contextmanager
def shown(chromium, path, width=1200, theme="light", **more):
    """A page in a window, and every address that it asked for."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **more)
    try:
        context.set_default_timeout(120_000)  # a machine may be busy
        page = context.new_page()
        page.asked = []
        page.faults = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
        page.goto(path.resolve().as_uri())
        yield page
    finally:
        context.close()


def violations(chromium, path, width, theme):
    """What axe-core finds on a page with everything opened, and texts whose contrast it could not reckon.

    Letters of drawings, which it cannot reckon since lines cross them, have a test of their own.
    """
    axe = pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install 'clemency[browser]'")
    script = resources.files(axe).joinpath("axe.min.js").read_text(encoding="utf-8")
    with shown(chromium, path, width, theme, bypass_csp=True) as page:
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        page.add_style_tag(content=_FLAT)
        page.wait_for_function(
            "[...document.querySelectorAll('details.records')].every((d) => d.querySelector('tbody tr'))"
        )
        page.add_script_tag(content=script)
        found = page.evaluate(_ASK, _RULES)
    return found["violations"], found["unsure"]


def until(page, expression, seconds=20):
    """Wait until an expression holds; playwright's own way evaluates a text on the page, which its policy forbids."""
    for _ in range(seconds * 10):
        if page.evaluate(expression):
            return True
        page.wait_for_timeout(100)
    return False


def too_wide(page):
    """How many pixels of the page lie to the right of its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
