"""What every page's template must hold, whatever its data.

A region that scrolls sideways only does so with enough columns, on a narrow screen: whether the keyboard
reaches it must not depend on which day a test runs.
"""

import re
from pathlib import Path

import pytest

import api

PAGES = sorted(Path(api.__file__).parent.rglob("*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.parent.name}/{page.name}")
def test_a_region_that_scrolls_has_a_name_and_takes_the_focus(page: Path) -> None:
    """Elements of class `scroll` are focusable regions with a name (WCAG 2.1, 2.1.1)."""
    scrolling = re.findall(r'<\w+ class="(?:[^"]* )?scroll(?: [^"]*)?"[^>]*>', page.read_text())
    bare = [
        tag
        for tag in scrolling
        if not ('tabindex="0"' in tag and 'role="region"' in tag and "aria-label" in tag)
    ]
    assert not bare
