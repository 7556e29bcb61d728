import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchants.coupons.codes import ALPHABET, LENGTH, MistypedCode, new_code, normalise_code, readable

codes = st.builds(new_code)


@given(codes)
def test_a_code_reads_back_however_it_is_written(code):
    assert len(code) == LENGTH + 1
    assert normalise_code(code) == code
    assert normalise_code(readable(code)) == code
    assert normalise_code(f" {code.lower()} ".replace("0", "o").replace("1", "l")) == code


@given(codes, st.integers(0, LENGTH), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_noticed(code, place, sign):
    wrong = code[:place] + sign + code[place + 1 :]
    if wrong != code:
        with pytest.raises(MistypedCode):
            normalise_code(wrong)


@given(codes, st.integers(0, LENGTH - 1))
def test_two_swapped_neighbours_are_noticed(code, place):
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        with pytest.raises(MistypedCode):
            normalise_code(swapped)


@pytest.mark.parametrize("text", ["", "A", "\x00" * 17, "U" * 17, "🎟" * 17, "0" * 18, "9" * 1_000_000, "'; DROP TABLE"])
def test_nonsense_is_no_code(text):
    with pytest.raises(MistypedCode):
        normalise_code(text)


def test_codes_do_not_repeat():
    assert len({new_code() for _ in range(1000)}) == 1000
