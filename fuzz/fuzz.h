/* What every fuzzer provides: libFuzzer's entry point, which takes one input and returns 0. */
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
