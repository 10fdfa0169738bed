"""Sums of absolute differences between runs of bytes, sixteen at a time.

Plain loops over bytes cost numba eight times as much: LLVM sees the pattern only in vectors, so it is written for LLVM here.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.ir as ir
import numba as nb
import numpy as np
from jaxtyping import UInt8
from numba.core import cgutils, types
from numba.extending import intrinsic

from render.synthesis.inlined import inlined


def _absolute_differences(builder: Any, first: Any, second: Any, count: int) -> Any:
    """The code for the sum of |a - b| over `count` bytes behind two pointers."""
    vector, wide = ir.VectorType(ir.IntType(8), count), ir.VectorType(ir.IntType(32), count)
    loaded = []
    for pointer in (first, second):
        value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
        value.align = 1
        loaded.append(builder.zext(value, wide))
    zero = ir.Constant(wide, [0] * count)
    difference = builder.sub(*loaded)
    magnitude = builder.select(builder.icmp_signed("<", difference, zero), builder.neg(difference), difference)
    add = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(ir.IntType(32), [wide]), f"llvm.vector.reduce.add.v{count}i32")
    return builder.call(add, [magnitude])


def _differences_of(count: int) -> Callable[..., Any]:
    """sad(a, i, b, j): the sum of |a[i + n] - b[j + n]| over n < count, for flat uint8 arrays and uint64 places."""
    def sad(typingctx, a, i, b, j):
        def generate(context, builder, signature, arguments):
            arrays = [context.make_array(signature.args[n])(context, builder, arguments[n]) for n in (0, 2)]
            pointers = [builder.gep(array.data, [arguments[n]]) for array, n in zip(arrays, (1, 3), strict=True)]
            return _absolute_differences(builder, *pointers, count)
        return types.int32(a, types.uint64, b, types.uint64), generate
    return intrinsic(sad)


_sad16, _sad8, _sad4 = (_differences_of(count) for count in (16, 8, 4))


@inlined
def byte_differences(a: UInt8[np.ndarray, " bytes"], i: np.uint64, b: UInt8[np.ndarray, " bytes"], j: np.uint64,
                     length: int) -> np.int32:
    """Sum of absolute differences between two runs of bytes.

    Parameters
    ----------
    a, b : flat uint8
    i, j : uint64
        Where the runs begin in `a` and in `b`.
    length : int
        A multiple of 4.
    """
    total = np.int32(0)
    while length >= 16:
        total += _sad16(a, i, b, j)
        i += nb.uint64(16)
        j += nb.uint64(16)
        length -= 16
    if length >= 8:
        total += _sad8(a, i, b, j)
        i += nb.uint64(8)
        j += nb.uint64(8)
        length -= 8
    if length >= 4:
        total += _sad4(a, i, b, j)
    return total
