"""A far end that a whole room shares: who is who, what everybody can watch, and who may steer it.

Strategy: the room is beside the far end, never in its way. It listens to the record, keeps the
newest of it in a smaller form, and shows that as JSON and as a live page. A far end without a room
has none of these routes, so that code under a check cannot steer the one it is checked by.
"""

from fanout.simulator.room.room import Room as Room

__all__ = ["Room"]
