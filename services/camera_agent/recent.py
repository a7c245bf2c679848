"""Which exposures were asked for lately, so that a message that comes twice exposes once."""

from collections import OrderedDict

REMEMBERED = 512


class Recent:
    """The last few hundred (item, shot) pairs."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._seen: OrderedDict[tuple[str, int], None] = OrderedDict()

    def is_repeat(self, item_id: str, shot: int) -> bool:
        """Whether this pair came before; it is remembered from now on."""
        if (item_id, shot) in self._seen:
            return True
        self._seen[item_id, shot] = None
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        return False
