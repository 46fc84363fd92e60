"""Work orders, assets, parts and people: state derived from events of the log, nothing else.

No screens, no database, no waiting. :class:`~console.work.book.WorkBook` holds everything that
events tell; :class:`~console.work.desk.WorkDesk` checks what people ask for and tells the events.
"""

from console.work.book import WorkBook
from console.work.desk import WorkDesk
from console.work.events import Draft, Refused

__all__ = ["Draft", "Refused", "WorkBook", "WorkDesk"]
