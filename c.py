from tests.scoring.format_2 import EXAMPLES, example
from app.scoring.reading.files import read_instrument
from app.scoring.cases import run_cases
for n in EXAMPLES:
    try:
        for m in run_cases(read_instrument(example(n).encode())): print(n,m)
    except Exception as e: print(n,'EXC',repr(e))
B=open('tests/scoring/reading/base.toml','rb').read()
print(run_cases(read_instrument(B)))
