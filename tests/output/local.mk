# tests of src/output
