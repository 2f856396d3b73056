"""Tests of the house itself: its sizes, words, texts, migrations and promises."""
