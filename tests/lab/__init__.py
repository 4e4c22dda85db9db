"""A laboratory: private servers, a network of its own, the programs under test, ears and a ruler."""
# SPDX-License-Identifier: MIT
