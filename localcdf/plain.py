"""The plain resources: created, read, listed, updated and perhaps deleted, all by one set of handlers.

An API module declares a ``Resource``; ``Resource.endpoints`` makes the endpoints of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, create_model
from pydantic_core import to_json

from localcdf.answer import json_answer
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.fields import ListQuery, PageLimit, PartitionedQuery, Reference
from localcdf.filters import Test, matcher, wanted_fields
from localcdf.paging import PAGED
from localcdf.patches import apply_update
from localcdf.readings import Reading
from localcdf.records import TAKEN, UNKNOWN_IDS, Record, Records, find_all
from localcdf.rights import OUT_OF_SCOPE, Place, allowed, finder, in_data_set, require
from localcdf.wire import parse_body

ATOMIC = Reading(
    "create-atomic",
    {
        "all-or-none": "all items of a request are created, or none",
        "valid-ones": "items are created one by one: when one is refused the others are there all the same",
    },
)


def items_of(item: type[Body], most: int = 1000, **further: Any) -> type[Body]:
    """Return the body ``{"items": [...]}`` of 1 to ``most`` items, with ``further`` fields."""
    items = (Annotated[list[item], Field(min_length=1, max_length=most)], ...)
    return create_model(f"{item.__name__}Items", __base__=Body, items=items, **further)


IGNORE_UNKNOWN = {"ignore_unknown_ids": (bool, False)}
ByIds = items_of(Reference, **IGNORE_UNKNOWN)


class GetQuery(Body):
    """The query parameters of a list by GET."""

    limit: PageLimit = 100
    cursor: str | None = None


@dataclass(frozen=True)
class Resource:
    """What is particular to one plain resource."""

    path: str
    records: Records
    item: type[Body]  # as created
    changes: type[Body]  # the fields of ``update``
    filter: type[Body]
    acl: str  # the capability to read and write it
    place: Place = in_data_set
    further: tuple[str, ...] = ()  # rights that a write needs besides
    tests: Mapping[str, Test] = field(default_factory=dict)  # filter fields that are not plain equality
    most: int = 1000  # items in a create
    assumed: tuple[Reading, ...] = ()  # of creates and updates, by ``check``
    assumed_of_lists: tuple[Reading, ...] = ()  # by ``resolve``
    check: Callable[[Call, Record], None] = lambda _call, _record: None  # raises for a record that may not be
    resolve: Callable[[Call, Record], Record] = lambda _call, wanted: wanted  # of references in a filter
    query: type[ListQuery] = ListQuery  # what a list takes besides the filter
    created: int = 200  # the status of a create
    deletable: bool = False
    listed_by_get: bool = False

    def create(self, call: Call) -> dict[str, Any]:
        """Store new records."""
        return create_all(
            call,
            [each.model_dump(by_alias=True, exclude_none=True) for each in call.body.items],
            self._insert,
        )

    def _insert(self, call: Call, documents: Sequence[Record]) -> list[Record]:
        for document in documents:
            self._writable(call, document)
        return self.records.insert(call, documents)

    def retrieve(self, call: Call) -> dict[str, Any]:
        """Return records by identifier, in the order asked for."""
        find = finder(call, lambda each: self.records.find(call.db, each), self.acl, self.place)
        identifiers = [each.identifier() for each in call.body.items]
        found = find_all(
            call, find, identifiers, self.records.thing, ignore_unknown=call.body.ignore_unknown_ids
        )
        return {"items": found}

    def list_matching(self, call: Call) -> dict[str, Any]:
        """Return one page of the records that match the filter."""
        query = call.body
        matches = matcher(self.resolve(call, wanted_fields(query.filter)), self.tests)
        return self._page(call, query, matches)

    def list_all(self, call: Call) -> dict[str, Any]:
        """Return one page of all records."""
        return self._page(call, call.params, lambda _: True)

    def _page(
        self, call: Call, query: ListQuery | GetQuery, matches: Callable[[Record], bool]
    ) -> dict[str, Any]:
        reach = allowed(call, self.acl, "READ")
        share, shares = query.share if isinstance(query, PartitionedQuery) else (1, 1)
        return self.records.page(
            call,
            query,
            lambda record: (
                record["id"] % shares == share - 1 and reach.covers(**self.place(record)) and matches(record)
            ),
        )

    def update(self, call: Call) -> dict[str, Any]:
        """Change records; the result must still be a record that could have been created."""
        records = self._find(call, call.body.items)
        changed = [
            apply_update(record, item.update) for record, item in zip(records, call.body.items, strict=True)
        ]
        for record in changed:
            check_record(self.item, record)
            self._writable(call, record)
        return {"items": [self.records.replace(call, record) for record in changed]}

    def delete(self, call: Call) -> dict[str, Any]:
        """Remove records and what belongs to them."""
        found = self._find(call, call.body.items, call.body.ignore_unknown_ids)
        self.records.delete(call.db, [record["id"] for record in found])
        return {}

    def _find(
        self, call: Call, references: Sequence[Reference], ignore_unknown: bool = False
    ) -> list[Record]:
        """Return records to change."""
        found = find_all(
            call,
            lambda identifier: self.records.find(call.db, identifier),
            [each.identifier() for each in references],
            self.records.thing,
            ignore_unknown=ignore_unknown,
        )
        for record in found:
            self._writable(call, record)
        return found

    def _writable(self, call: Call, record: Record) -> None:
        """Refuse a record that the caller may not write, or that may not be."""
        require(call, self.acl, "WRITE", **self.place(record))
        self.check(call, record)

    def endpoints(self) -> list[Endpoint]:
        """Return the endpoints of this resource."""
        name = self.item.__name__
        change = create_model(f"{name}Change", __base__=Reference, update=(self.changes, ...))
        query = create_model(f"{name}List", __base__=self.query, filter=(self.filter | None, None))
        path, named = self.path, (UNKNOWN_IDS,)
        reads, writes = (f"{self.acl}:READ",), (f"{self.acl}:WRITE", *self.further)
        listed: dict[str, Any] = {"rights": reads, "lags": True, "assumed": (*PAGED, *self.assumed_of_lists)}
        made = [
            Endpoint(
                "POST",
                path,
                self.create,
                items_of(self.item, self.most),
                status=self.created,
                writes=True,
                rights=writes,
                assumed=(ATOMIC, TAKEN, *self.assumed),
            ),
            Endpoint(
                "POST",
                f"{path}/byids",
                self.retrieve,
                ByIds,
                rights=reads,
                assumed=(*named, OUT_OF_SCOPE),
            ),
            Endpoint("POST", f"{path}/list", self.list_matching, query, **listed),
            Endpoint(
                "POST",
                f"{path}/update",
                self.update,
                items_of(change),
                writes=True,
                rights=writes,
                assumed=(*named, TAKEN, *self.assumed),
            ),
        ]
        if self.deletable:
            made.append(
                Endpoint(
                    "POST",
                    f"{path}/delete",
                    self.delete,
                    ByIds,
                    writes=True,
                    rights=writes,
                    assumed=named,
                )
            )
        if self.listed_by_get:
            made.append(Endpoint("GET", path, self.list_all, params=GetQuery, **listed))
        return made


def create_all(
    call: Call, documents: Sequence[Record], create: Callable[[Call, Sequence[Record]], list[Record]]
) -> Any:
    """Return the answer with the records that ``create`` makes of all documents, or of those it takes."""
    if call.reads(ATOMIC, "all-or-none"):
        return {"items": create(call, documents)}
    made: list[Record] = []
    refusals: list[CdfError] = []
    for document in documents:
        try:
            made += create(call, [document])
        except CdfError as refusal:
            refusals.append(refusal)
    # An answer, not an exception: that would undo what was made.
    return json_answer(refusals[0].envelope(), refusals[0].code) if refusals else {"items": made}


def check_record(item: type[Body], record: Record) -> None:
    """Refuse a changed record that could not have been created so."""
    aliases = {each.alias for each in item.model_fields.values()}
    parse_body(item, to_json({name: value for name, value in record.items() if name in aliases}))
