"""The name that a misspelt one probably stands for is found as difflib would, with less work."""

from __future__ import annotations

import difflib

from hypothesis import given
from hypothesis import strategies as st

from wizard.observed.alike import nearest
from wizard.servers.torchserve.keys import keys

NAMES = sorted(keys().known)
LETTERS = st.text(alphabet="aeinrst_-dlé", min_size=1, max_size=12)


@st.composite
def misspelt(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(NAMES))
    begin, end = sorted((draw(st.integers(0, len(name))), draw(st.integers(0, len(name)))))
    return name[:begin] + draw(LETTERS) + name[end:]


@given(st.one_of(misspelt(), LETTERS), st.sampled_from([0.6, 0.75, 0.8, 0.84]))
def test_the_nearest_name_is_the_one_that_difflib_finds(word: str, alike: float) -> None:
    assert nearest(word, NAMES, alike) == next(iter(difflib.get_close_matches(word, NAMES, 1, alike)), "")
