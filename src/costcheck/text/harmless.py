"""Text of strangers that nothing obeys: no terminal, no runner of a build.

References
----------
.. [1] GitHub Docs, "Workflow commands": a line that begins with ``::`` after blanks is a command;
   Azure Pipelines and older runners take ``##[`` and ``##vso[`` anywhere in a line.
.. [2] CVE-2021-42574, "Trojan Source": characters that turn the direction of a text.
"""

from __future__ import annotations

import html
import re
from typing import Final

_NEVER_SHOWN: Final = (
    *range(0x20), 0x7F, *range(0x80, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)  # fmt: skip
_SHOWN: Final = dict.fromkeys(_NEVER_SHOWN, "\ufffd") | dict.fromkeys(
    map(ord, "\t\n\r\x0b\x0c\x85\u2028\u2029"), " "
)


def harmless(line: str) -> str:
    """One line of text: control characters replaced, nothing that a runner takes for a command."""
    line = line.translate(_SHOWN)
    if "##" in line:
        line = re.sub(r"##(?=\w*\[)", "# #", line)
    if line.lstrip().startswith("::"):
        line = line.replace("::", ": :", 1)
    return line


def in_cell(text: str) -> str:
    """Text that a spreadsheet does not run as a formula."""
    formula = text.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{harmless(text)}" if formula else harmless(text)


def escaped(text: str) -> str:
    """Text in which nothing is markup of a page either."""
    return html.escape(harmless(text))
