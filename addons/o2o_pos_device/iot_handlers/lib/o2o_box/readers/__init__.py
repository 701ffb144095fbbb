"""Readers of cards and codes: from the bytes of a device to a swipe the till gets.

A reader is one section of the box's ini file (:mod:`.settings`), one thread
(:mod:`.worker`) over a cable (:mod:`.transport`) that speaks one way of delivery
(:mod:`.protocols`, :mod:`.msr605`). What was read is understood by :mod:`.tracks`,
:mod:`.bank` and :mod:`.uid` (POS-14, devices.md 4).
"""
