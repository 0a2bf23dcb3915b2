"""Many networks trained as one tensor program; knows no draw and no study."""
