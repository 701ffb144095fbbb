"""Days and times as people of a language write them, many of them on a page.

Babel looks through all its languages to find some of them, Chinese for one, and Odoo
asks it anew for each date: on a page of dates that is most of the work.
"""

from functools import lru_cache

import babel.dates
from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo.tools.misc import babel_locale_parse, posix_to_ldml


@lru_cache(maxsize=64)
def locale_of(lang_code):
    return babel_locale_parse(lang_code)


def short_datetime(moment, lang_code):
    """:param moment: aware datetime, in the zone to show"""
    locale, frame, day, hour = _short_patterns(lang_code)
    # as babel.dates.format_datetime does it, which parses all three anew each time
    return frame.replace("{0}", hour.apply(moment, locale)).replace(
        "{1}", day.apply(moment, locale)
    )


@lru_cache(maxsize=64)
def _short_patterns(lang_code):
    locale = locale_of(lang_code)
    frame = babel.dates.get_datetime_format("short", locale=locale)
    return (
        locale,
        str(frame).replace("'", ""),
        babel.dates.parse_pattern(babel.dates.get_date_format("short", locale=locale)),
        babel.dates.parse_pattern(babel.dates.get_time_format("short", locale=locale)),
    )


def day_text(day, posix_format, lang_code):
    """:param str posix_format: as a language of Odoo says it, ``%Y-%m-%d``"""
    return babel.dates.format_date(
        day, _pattern(posix_format, lang_code), locale=locale_of(lang_code)
    )


@lru_cache(maxsize=64)
def _pattern(posix_format, lang_code):
    return posix_to_ldml(posix_format, locale=locale_of(lang_code))


@lru_cache(maxsize=256)
def month_options(first_day, count, lang_code, chosen):
    """The same months as the options of a list to choose from, ready for a page.

    :param str chosen: ``YYYY-MM``, or an empty text
    """
    return Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            value, Markup(' selected="selected"') if value == chosen else "", label
        )
        for value, label in latest_months(first_day, count, lang_code)
    )


@lru_cache(maxsize=64)
def latest_months(first_day, count, lang_code):
    """:param first_day: of the latest month
    :return: tuple of (``YYYY-MM``, label), the latest month first
    """
    locale = locale_of(lang_code)
    days = [first_day - relativedelta(months=back) for back in range(count)]
    return tuple(
        (f"{day:%Y-%m}", babel.dates.format_skeleton("yMMMM", day, locale=locale))
        for day in days
    )


def month_label(first_day, lang_code):
    """ "November 2026", "2026年11月": the year where the language has it."""
    [(_value, label)] = latest_months(first_day, 1, lang_code)
    return label
