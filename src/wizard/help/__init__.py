"""What words, settings and error messages mean. Pure: reads the package's own data, nothing else.

For front ends: `topics.explain(word)` for F1 and `explain`, `glossary.terms()` for underlined words,
`firstaid.diagnose(text, plan)` for a pasted log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.help import glossary as glossary
    from wizard.help import remedies as remedies
    from wizard.help import situation as situation
else:
    __getattr__ = modules_of(__name__)
