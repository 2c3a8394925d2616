"""Nodes with data in ``CogniteFile`` have a file: it comes, changes and goes with them."""

from collections.abc import Mapping, Sequence

from localcdf import files
from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.drafts import Draft
from localcdf.data_modeling.instances.platform import FILE, system_container
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Call

FILE_VIEW = ("cdf_cdm", "CogniteFile", "v1")


def sync_files(call: Call, stored: Mapping[int, Draft]) -> None:
    """Tell the files API of nodes that were written."""
    schema = Schema(call.db)
    container = system_container(schema, FILE)
    drafts = [draft for draft in stored.values() if container.id in draft.data]
    if not drafts:
        return
    view = schema.view(FILE_VIEW)
    assert view is not None
    for draft in drafts:
        properties = {
            name: draft.data.get(each.container.id, {}).get(each.property_id)
            for name, each in view.mapped.items()
        }
        files.sync_cognite_file(call, draft.instance.space, draft.instance.external_id, properties)


def delete_files(call: Call, deleted: Sequence[Instance]) -> None:
    """Tell the files API of nodes that were deleted."""
    container = system_container(Schema(call.db), FILE)
    data = store.data_of(call.db, [each.id for each in deleted], [container.id])
    for each in deleted:
        if data[each.id]:
            files.sync_cognite_file(call, each.space, each.external_id, None)
