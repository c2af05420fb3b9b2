"""A small instrument of a third party, which tests publish or break."""

SMALL = '''format = 1
code = "small"
version = "1.0"
status = "provisional"
valid_from = 2024-01-01
title.id = "Kecil"
title.en = "Small"
description.id = """
Bukan tabel:
[[indicator]]
code = "tidak"
"""
description.en = "Two dimensions, three indicators"

[scoring]
method = "mean-of-dimensions"
minimum_answered = 2
weak_below = 60
weak_status = "literature"
sources = ["book"]

[[source]]
code = "book"
title = "A book"

[[option_list]]
code = "yes_no"
options = [
    { code = "yes", text = { id = "Ya", en = "Yes" } },
    { code = "no", text = { id = "Tidak", en = "No" } },
]

[[section]]
code = "all"
title = { id = "Semua", en = "All" }

[[question]] # who lives here
code = "members"
section = "all"
type = "integer"
text = { id = "Berapa orang?", en = "How many people?" }
minimum = 1
maximum = 50
required = true

[[question]]
code = "insured"
section = "all"
type = "integer"
text = { id = "Berapa yang terjamin?", en = "How many are insured?" }
minimum = 0
maximum = 50
at_most = "members"

[[question]]
code = "savings"
section = "all"
type = "choice"
text = { id = "Ada tabungan?", en = "Any savings?" }
options = "yes_no"
ask_when = { compare = ["members", ">", 1] }

[[dimension]]
code = "HEALTH"
name = { id = "Kesehatan", en = "Health" }
weight = 3
status = "literature"
sources = ["book"]

[[dimension]]
code = "MONEY"
name = { id = "Uang", en = "Money" }
weight = 1
status = "provisional"
sources = []
minimum_answered = 1

[[indicator]]
code = "H1"
dimension = "HEALTH"
name = { id = "Ada yang terjamin", en = "Somebody insured" }
weight = 1
status = "literature"
sources = ["book"]
fulfilled_when = { compare = ["insured", ">", 0] }

[[indicator]]
code = "H2"
dimension = "HEALTH"
name = { id = "Semua terjamin", en = "All insured" }
weight = 1.5
status = "provisional"
sources = []
fulfilled_when = { compare = ["insured", "==", { question = "members" }] }

[[indicator]]
code = "M1"
dimension = "MONEY"
name = { id = "Tabungan", en = "Savings" }
weight = 1
status = "provisional"
sources = []
applies_when = { compare = ["members", ">", 1] }
fulfilled_when = { equal = ["savings", "yes"] }

[[category]]
code = "low"
name = { id = "Rendah", en = "Low" }
below = 50
status = "provisional"
sources = []

[[category]]
code = "middle"
name = { id = "Sedang", en = "Middle" }
up_to = 75
status = "provisional"
sources = []

[[category]]
code = "high"
name = { id = "Tinggi", en = "High" }
status = "provisional"
sources = []
'''

SMALL_2 = """format = 2
code = "small"
version = "2"
status = "provisional"
valid_from = 2024-01-01
languages = ["id", "en"]
title = { id = "Kecil", en = "Small" }
follows = { version = "1.0", comparable = "all", note = { id = "Batas wilayah", en = "A minimum for regions" } }
sources = ["book"]
source = [{ code = "book", title = "A book" }]
option_list = [{ code = "yes_no", options = [
  { code = "yes", text = { id = "Ya", en = "Yes" } },
  { code = "no", text = { id = "Tidak", en = "No" } },
] }]
question = [
  { code = "members", type = "integer", text = { id = "Berapa?", en = "How many?" }, minimum = 1, maximum = 50 },
  { code = "insured", type = "integer", text = { id = "Terjamin?", en = "Insured?" }, minimum = 0, maximum = 50 },
  { code = "savings", type = "choice", text = { id = "Tabungan?", en = "Savings?" }, options = "yes_no" },
]
group = [
  { code = "HEALTH", name = { id = "Kesehatan", en = "Health" }, weight = 3 },
  { code = "MONEY", name = { id = "Uang", en = "Money" } },
]
category = [
  { code = "low", name = { id = "Rendah", en = "Low" }, below = 50 },
  { code = "middle", name = { id = "Sedang", en = "Middle" }, up_to = 75 },
  { code = "high", name = { id = "Tinggi", en = "High" } },
]
[[index]]
code = "small"
name = { id = "Kecil", en = "Small" }
method = "mean"
complete.minimum_answered = 2
[index.region]
headline = "mean"
minimum_families = 2
weak = { below = 60, status = "literature", sources = ["book"] }
[[indicator]]
code = "H1"
group = "HEALTH"
name = { id = "Ada", en = "Some" }
fulfilled_when.compare = ["insured", ">", 0]
[[indicator]]
code = "H2"
group = "HEALTH"
weight = 1.5
name = { id = "Semua", en = "All" }
fulfilled_when.compare = ["insured", "==", "members"]
[[indicator]]
code = "M1"
group = "MONEY"
name = { id = "Tabungan", en = "Savings" }
applies_when.compare = ["members", ">", 1]
fulfilled_when.equal = ["savings", "yes"]
"""
"""The small instrument as a later version in a file of format 2, with a minimum for regions."""


def changed(old: str, new: str, text: str = SMALL) -> str:
    """The file with one text replaced, which must occur exactly once."""
    assert text.count(old) == 1, f"{text.count(old)} × {old}"
    return text.replace(old, new)


def place_of(needle: str, text: str) -> int:
    """Number of the line, from 1, that contains a text for the last time."""
    assert needle in text
    return text[: text.rindex(needle)].count("\n") + 1
