"""The list of functions that take an imputed cohort is that of the functions that do."""

import inspect

import clemency as cl
from clemency.cohorts.imputation.imputed import TAKEN_WHOLE


def test_the_list_names_every_function_that_pools():
    public = {name: getattr(cl, name) for name in cl.__all__}
    pooling = {name for name, made in public.items() if inspect.isfunction(made) and "taking_both" in _wrappers(made)}
    assert len(pooling) > 15
    assert pooling <= set(TAKEN_WHOLE)
    assert set(TAKEN_WHOLE) <= set(public)


def _wrappers(function):
    """Names of the code of a function and of what it wraps."""
    names = []
    while function is not None:
        names.append(function.__code__.co_name)
        function = getattr(function, "__wrapped__", None)
    return names
