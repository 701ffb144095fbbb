"""SRCH-01: how words of a catalogue and of a customer are cut."""

import search_text
from hypothesis import given
from hypothesis import strategies as st


def found(document, query, **options):
    """Whether a customer's terms are all in a document, without a database."""
    tokens = search_text.document_tokens(document, **options)
    for term in search_text.split_terms(query):
        for part in search_text.term_query(term).split(" & "):
            word = part.removesuffix(":*").strip("'")
            if part.endswith(":*"):
                if not any(token.startswith(word) for token in tokens):
                    return False
            elif word not in tokens:
                return False
    return True


def test_chinese_is_found_from_one_character_on():
    for query in ("茅", "茅台", "台酒", "茅台酒", "飞天 茅台"):
        assert found("飞天茅台酒", query), query
    assert not found("飞天茅台酒", "茅酒")
    assert not found("飞天茅台酒", "五粮液")


def test_letters_and_numbers_match_from_their_start():
    assert found("Moutai Prince 53% 500ml", "mou 53 500ml")
    assert found("Moutai Prince 53% 500ml", "500")
    assert not found("Moutai Prince 53% 500ml", "outai")


def test_pinyin_and_initials_of_any_part():
    for query in ("feitianmaotai", "maotai", "maot", "ftmt", "mt"):
        assert found("飞天茅台", query, pinyin=True), query
    assert not found("飞天茅台", "wuliangye", pinyin=True)


def test_full_width_and_accents_do_not_matter():
    assert search_text.split_terms("ＭＯＵＴＡＩ　５３") == ["moutai", "53"]
    assert found("Château Margaux", "chateau")


def test_span_of_years():
    assert search_text.years_of("2010-2015") == (2010, 2015)
    assert search_text.years_of("2015至2010") == (2010, 2015)
    for text in ("2010", "10-15", "2010-20155", "1000-2000"):
        assert search_text.years_of(text) is None


def test_sound_of_wrong_characters():
    assert search_text.sound_of("来茅") == search_text.sound_of("赖茅") == "laimao"
    assert search_text.sound_of("abc") == ""


def test_best_weight_counts():
    text = search_text.vector([("C", ["a", "b"]), ("A", ["a"])])
    assert text == "'a':1A 'b':1C"


@given(st.text(max_size=80))
def test_no_text_breaks_the_notation(text):
    """Quotes, operators and control characters of a customer are not ours."""
    for term in search_text.split_terms(text):
        query = search_text.term_query(term)
        assert query.count("'") % 2 == 0
        assert "\\" not in query
        assert not set("!<>()") & set(query)
    vector = search_text.vector([("A", search_text.document_tokens(text, pinyin=True))])
    assert vector.count("'") % 2 == 0


@given(st.text(alphabet="茅台飞天王子酱香ab5 ", min_size=1, max_size=12))
def test_a_product_is_found_by_each_of_its_own_words(name):
    for word in name.split():
        assert found(name, word)
