"""What each problem code of the reader means; printed by ``costcheck explain CC101``."""

from __future__ import annotations

from typing import Final, NamedTuple


class Explanation(NamedTuple):
    """A problem code in words."""

    title: str
    why: str
    """Why it is refused rather than guessed."""
    wrong: str
    right: str


CODES: Final[dict[str, Explanation]] = {
    "CC001": Explanation(
        "The text is not YAML.",
        "The parser cannot tell which value belongs to which key.",
        "fleet: {gpu: h800, count: 2048",
        "fleet: {gpu: h800, count: 2048}",
    ),
    "CC002": Explanation(
        "A key is repeated in one section.",
        "Most YAML readers let the last one win, so a leftover line changes the result unseen.",
        "tokens: 14.8T\ntokens: 15T",
        "tokens: 14.8T",
    ),
    "CC003": Explanation(
        "A tab in the indentation.",
        "YAML does not say how wide a tab is, so it cannot say what the line belongs to.",
        "fleet:\n\tgpu: h800",
        "fleet:\n  gpu: h800",
    ),
    "CC004": Explanation(
        "No space after the colon of a key.",
        "Without the space YAML reads key and value as one text.",
        "tokens:14.8T",
        "tokens: 14.8T",
    ),
    "CC005": Explanation(
        "A value that YAML takes for something else.",
        "@ % ` > | at the start and a colon with a space inside have a meaning in YAML.",
        "cost: >=5M",
        'cost: ">=5M"',
    ),
    "CC006": Explanation(
        "A YAML tag.",
        "Tags can make a reader run code; here the key decides the type of its value.",
        "count: !!int 2048",
        "count: 2048",
    ),
    "CC007": Explanation(
        "More than one document in a file.",
        "It would be unclear which one an estimate is of.",
        "name: a\n---\nname: b",
        "stages: [{name: a}, {name: b}]",
    ),
    "CC008": Explanation(
        "A key that is not a plain text.",
        "Keys are the words of the scenario schema.",
        "? [a, b]\n: 1",
        "tokens: 1T",
    ),
    "CC009": Explanation(
        "The file is too large, too deeply nested, or grows too much through aliases.",
        "Such a file is a mistake or an attack; scenarios are a few hundred lines.",
        "b: [*a, *a, *a, *a, *a]",
        "b: 5",
    ),
    "CC010": Explanation(
        "Bytes or characters that are not text.",
        "They are invisible in an editor and differ between machines.",
        "a file saved as Latin-1",
        "the file saved as UTF-8",
    ),
    "CC011": Explanation(
        "The file is empty.",
        "There is nothing to estimate.",
        "# nothing yet",
        "model: deepseek-v3",
    ),
    "CC012": Explanation(
        "An alias or a merge key that points at nothing usable.",
        "An alias needs an anchor above it and outside of it; '<<' needs a section.",
        "fleet: *big",
        "base: &big {gpu: h800}\nfleet: *big",
    ),
    "CC013": Explanation(
        "A number that YAML has split at its comma.",
        "Inside {...} and [...] a comma separates values, so 2,048 becomes 2 and 048.",
        "fleet: {count: 2,048}",
        "fleet: {count: 2048}",
    ),
    "CC014": Explanation(
        "A file that cannot be read.",
        "The result would silently miss what it says.",
        "extends: no-such-file.yaml",
        "extends: base.yaml",
    ),
    "CC015": Explanation(
        "Files that extend each other in a circle.",
        "None of them could be read first.",
        "extends: itself.yaml",
        "extends: base.yaml",
    ),
    "CC016": Explanation(
        "A --set that names no value in the file.",
        "It would change nothing, or replace a single value by a section.",
        "--set fleet.gpu.name=h800",
        "--set fleet.gpu=h800",
    ),
    "CC101": Explanation(
        "A key the section does not have.",
        "A misspelt key would be ignored, and a default used instead of your number.",
        "training: {toknes: 14.8T}",
        "training: {tokens: 14.8T}",
    ),
    "CC102": Explanation(
        "A section without one of the keys it needs.",
        "No default for it would be honest.",
        "model: {active: 37B}",
        "model: {parameters: 671B, active: 37B}",
    ),
    "CC103": Explanation(
        "A list, a section or a single value where another of them is needed.",
        "The key says what stands under it.",
        "utilization: 38%",
        "utilization: {mfu: 38%}",
    ),
    "CC104": Explanation(
        "A word that is not among the choices.",
        "Only the listed words have a defined meaning.",
        "precision: bf61",
        "precision: bf16",
    ),
    "CC105": Explanation(
        "A value outside what is possible, or keys that do not go together.",
        "The number is usually right but its unit or percent sign is missing.",
        "mfu: 38",
        "mfu: 38%",
    ),
    "CC106": Explanation(
        "A section that fits none of the forms a value may have.",
        "Its keys do not say which form is meant.",
        "calibration: {speed: 14.6 s}",
        "calibration: {step_time: 14.6 s}",
    ),
    "CC107": Explanation(
        "A date that is not year-month-day.",
        "Other orders can be read in two ways.",
        "as_of: 26-12-2024",
        "as_of: 2024-12-26",
    ),
    "CC108": Explanation(
        "Something other than true or false.",
        "The key switches a thing on or off.",
        "mtp: maybe",
        "mtp: true",
    ),
    "CC109": Explanation(
        "A key without a value.",
        "It is usually an unfinished edit; an optional key is then left out with a warning.",
        "tokens:",
        "tokens: 14.8T",
    ),
    "CC201": Explanation(
        "No number where one is needed.",
        "A missing number is not zero.",
        "count: lots",
        "count: 2,048",
    ),
    "CC202": Explanation(
        "A size in words without a number.",
        "'Tens of thousands' can be 20,000 or 90,000; only the author knows.",
        "count: tens of thousands",
        "count: 20,000-50,000",
    ),
    "CC203": Explanation(
        "A number without its unit.",
        "The field has no unit everybody would assume.",
        "duration: 55",
        "duration: 55 days",
    ),
    "CC204": Explanation(
        "A unit that does not fit the field.",
        "Either the number stands under the wrong key, or the unit has two meanings.",
        "duration: 5m",
        "duration: 5 min",
    ),
    "CC205": Explanation(
        "A currency that is unclear or out of place.",
        "The yen and the yuan share a sign, and money is no token count.",
        "cost: \u00a540M",
        "cost: CNY 40M",
    ),
    "CC206": Explanation(
        "A number that can be read in two ways.",
        "A comma is a decimal point in one country and a separator in another.",
        "compute: 3,3e24",
        "compute: 3.3e24",
    ),
    "CC207": Explanation(
        "A range that runs downwards.",
        "Usually the unit is missing at the first end.",
        "cost: $500-1M",
        "cost: $500K-1M",
    ),
    "CC208": Explanation(
        "A negative number.",
        "Nothing in a training run is less than nothing.",
        "tokens: -14.8T",
        "tokens: 14.8T",
    ),
    "CC209": Explanation(
        "A number that is not whole, or too large to compute with.",
        "There is no half accelerator, and 1e999 overflows.",
        "count: 2048.5",
        "count: 2048",
    ),
}
