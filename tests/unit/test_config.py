"""The config says what is wrong with it, in one line that names the key and the way out."""

import pytest
import yaml

from image360.config import parse_config
from image360.errors import ConfigError

GOOD = {
    "project_type": "hybrid",
    "images": {"space": "sp_images", "collections": ["site"]},
    "assets": {"spaces": ["sp_assets"]},
}


def parse(**changes):
    return parse_config(yaml.safe_dump({**GOOD, **changes}), "ep_image360")


def refusal(**changes) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(**changes)
    assert "\n" not in str(caught.value)
    assert "ep_image360" in str(caught.value)
    return str(caught.value)


def test_the_defaults_match_names_external_ids_and_aliases_of_cognite_assets():
    config = parse()
    assert config.assets.view.external_id == "CogniteAsset"
    assert config.assets.match_properties == ("name", "externalId", "aliases")
    assert config.engine == "auto"
    assert not config.paused


def test_an_unknown_key_is_refused_with_the_nearest_known_one():
    message = refusal(assets={"spaces": ["sp_assets"], "match_propertys": ["name"]})
    assert "unknown key 'assets.match_propertys', did you mean 'match_properties'?" in message


def test_an_unknown_key_without_a_near_one_lists_the_known_ones():
    message = refusal(zzz=1)
    known = "paused, state, matching, approval, limits, project_type, engine"
    assert f"unknown key 'zzz', known here: {known}" in message


def test_a_missing_key_is_named():
    assert "key 'images.collections' is missing" in refusal(images={"space": "sp_images"})


def test_a_wrong_project_type_is_named_with_those_that_are_supported():
    message = refusal(project_type="classic")
    assert "'project_type': 'classic' is none of data_modeling or hybrid or asset_centric" in message


def test_each_project_type_has_its_own_keys():
    assert "key 'images.sites' is missing" in refusal(project_type="asset_centric")
    assert "key 'contextualization' is missing" in refusal(project_type="data_modeling")
    assert "'engine'" in refusal(engine="jobs_3d")


def test_a_hybrid_project_has_one_kind_of_assets():
    assert "give one of assets (nodes) and classic_assets" in refusal(classic_assets={})
    assert parse(assets=None, classic_assets={}).classic_assets.match_properties == ("name", "externalId")


def test_a_level_that_only_a_person_may_approve_is_refused():
    assert "'approval.levels.0'" in refusal(approval={"levels": ["fuzzy"]})


def test_suggestions_are_annotations_only_where_there_are_annotations():
    wanted = {"approval": {"write_suggestions": True}}
    assert parse(**wanted).approval.write_suggestions
    places = {"object3d_space": "sp1", "space": "sp2"}
    core = {"project_type": "data_modeling", "contextualization": places}
    assert not parse(**core).approval.write_suggestions
    message = refusal(**core, **wanted)
    assert "'approval': write_suggestions" in message
    assert "stay in proposals" in message


def test_a_subtree_in_two_spaces_is_a_contradiction():
    message = refusal(assets={"spaces": ["a1", "b1"], "subtree": ["root"]})
    assert "'assets': subtree names assets of one space" in message


def test_caps_are_at_least_one():
    assert "'limits.max_images_per_run'" in refusal(limits={"max_images_per_run": 0})


@pytest.mark.parametrize("text", ["", "- a\n- b", "just words", "project_type: [hybrid", "\x00"])
def test_text_that_is_no_mapping_is_refused(text):
    with pytest.raises(ConfigError, match="ep_image360"):
        parse_config(text, "ep_image360")


def test_a_config_cannot_be_changed_after_parsing():
    with pytest.raises(ValueError, match="frozen"):
        parse().paused = True
