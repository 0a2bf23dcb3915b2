"""Recipes from text: what is understood, and one clear line for every mistake."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bigenough.engine.training import Training
from bigenough.errors import BigenoughError
from bigenough.recipes import defaults_of, recipe_from, shown
from bigenough.registry import MODELS


def test_a_name_is_the_registered_recipe() -> None:
    for name in MODELS:
        assert recipe_from(name) is MODELS[name].recipe
    recipe = recipe_from("mlp,dropout=0.1")
    assert recipe_from(recipe) is recipe


def test_changes_are_made_and_nothing_else() -> None:
    text = "leek-mlp,activation=relu,hidden=[128,64],learning_rate=1e-2,weight_decay=1e-4,threshold=max_f1"
    recipe, base = recipe_from(text), MODELS["leek-mlp"].recipe
    changes = {
        "activation": "relu", "hidden": [128, 64], "learning_rate": 0.01, "weight_decay": 1e-4, "threshold": "max_f1",
    }  # fmt: skip
    assert recipe.name == text
    assert recipe.model == base.model
    assert dict(recipe.settings) == {**base.settings, **changes}
    assert recipe_from("mlp,threshold=0.3").settings["threshold"] == 0.3


def test_a_recipe_has_one_length() -> None:
    assert "max_updates" not in recipe_from("relu-mlp,epochs=5").settings
    assert "epochs" not in recipe_from("mlp,max_updates=500").settings


def test_a_file_is_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('recipe = "leek-mlp"\n[settings]\nactivation = "relu"\nhidden = [128, 128]\n')
    recipe = recipe_from(path)
    assert (recipe.name, recipe.model) == ("ours", "mlp")
    assert recipe.settings == recipe_from("leek-mlp,activation=relu,hidden=[128,128]").settings
    path.write_text('recipe = "mlp"\nname = "theirs"\n')
    assert recipe_from(str(path)) == dataclasses.replace(MODELS["mlp"].recipe, name="theirs")


@pytest.mark.parametrize("name", list(MODELS))
def test_every_setting_can_be_given_as_it_is(name: str) -> None:
    """So what a report writes down can be read again."""
    recipe = MODELS[name].recipe
    text = ",".join([name, *(f"{k}={shown(v)}" for k, v in recipe.settings.items())])
    assert recipe_from(text).settings == recipe.settings


def test_the_defaults_are_those_of_training() -> None:
    training = Training(optimizer="sgd", learning_rate=0.1, batch_size=1)
    defaults = defaults_of(MODELS["mlp"].recipe)
    assert all(getattr(training, name) == value for name, value in defaults.items() if hasattr(training, name))
    assert {"init", "init_scale", "input_scaling", "threshold", "weight_decay", "momentum"} <= defaults.keys()
    assert defaults_of(MODELS["leekasso"].recipe) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mpl", "unknown model 'mpl'; did you mean mlp"),
        ("mlp,droput=0", "unknown setting of mlp 'droput'; did you mean dropout"),
        ("mlp,epochs", "a recipe is written as name,setting=value,...; got 'epochs'"),
        ("mlp,epochs=", "got 'epochs='"),
        ("mlp,epochs=1,epochs=2", "setting epochs given twice"),
        ("mlp,epochs=0", "setting epochs of mlp takes a number above 0; got 0"),
        ("mlp,epochs=1.5", "setting epochs of mlp takes a whole number; got 1.5"),
        ("mlp,batch_size=many", "setting batch_size of mlp takes a number above 0; got many"),
        ("mlp,learning_rate=-1", "takes a number above 0; got -1"),
        ("mlp,learning_rate=NaN", "takes a number above 0; got NaN"),
        ("mlp,dropout=1", "setting dropout of mlp takes a number of at least 0 and below 1; got 1"),
        ("mlp,activation=sigmoid", "setting activation of mlp takes relu, tanh; got sigmoid"),
        ("mlp,optimizer=lbfgs", "setting optimizer of mlp takes sgd, adam, adadelta, rmsprop; got lbfgs"),
        (
            "mlp,input_scaling=big",
            "setting input_scaling of mlp takes none, standard, columns, columns-unclipped, max-abs; got big",
        ),
        ("mlp,threshold=low", "takes half, max_f1 or a number; got low"),
        ("mlp,hidden=128", "setting hidden of mlp takes whole numbers above 0 in brackets, such as [128,128]; got 128"),
        ("mlp,hidden=[0]", "takes whole numbers above 0 in brackets, such as [128,128]; got [0]"),
        ("convnet,dropout=[1.5,0.2]", "takes numbers of at least 0 and below 1 in brackets, such as [0.2,0.2]; got [1.5,0.2]"),
        ('forest,max_features=["most",0.5]', 'takes numbers of at least 0 in brackets, such as ["sqrt",0.5]'),
        ("forest,trees=0", "setting trees of forest takes a number above 0; got 0"),
        ("lda,shrinkage=none", "setting shrinkage of lda takes ledoit-wolf; got none"),
        ("logistic,input_scaling=none", "setting input_scaling of logistic takes max-abs; got none"),
        ("knn,input_scaling=foo", "setting input_scaling of knn takes none, standard"),
        ("leekasso,solver=ridge", "setting solver of leekasso takes liblinear, glm, lm; got ridge"),
        ("nowhere.toml", "cannot read the recipe nowhere.toml: No such file"),
    ],
)
def test_a_mistake_gets_one_line(text: str, says: str) -> None:
    with pytest.raises(BigenoughError) as caught:
        recipe_from(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("recipe = mlp", "is no TOML file"),
        ("[settings]\nepochs = 1", 'must say recipe = "NAME"'),
        ('recipe = "mlp"\nsetings = 1', "did you mean settings"),
        ('recipe = "mlp"\nname = 5', "must be a text in quotes; got 5"),
        ('recipe = "mlp"\nname = ""', "must be one line of 1 to 60 characters; got ''"),
        ('recipe = "mlp"\nname = "two\\nlines"', "must be one line of 1 to 60 characters"),
        ('recipe = "mlp"\nname = "logistic"', "the name 'logistic' in"),
        ('recipe = "mlp"\nname = "mlp"\n[settings]\ndropout = 0', "is a registered model's, and this is another"),
        ('recipe = "mlp"\n[settings]\nactivation = 3', "takes relu, tanh; got 3"),
    ],
)
def test_a_file_s_mistake_gets_one_line(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(content)
    with pytest.raises(BigenoughError) as caught:
        recipe_from(path)
    assert says in str(caught.value)
