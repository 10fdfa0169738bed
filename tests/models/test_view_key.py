"""A sitter as painted and the same in a mirror are two views with two keys."""

from models.view_key import ViewKey, views_by_key


def test_every_view_of_a_bank_has_a_key_of_its_own(drawn_bank):
    views = drawn_bank.both_ways()
    found = views_by_key(views)
    assert len(found) == len(views) == 16
    assert all(found[ViewKey(view.name, view.mirrored)] is view for view in views)
