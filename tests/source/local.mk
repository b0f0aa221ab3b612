# tests of src/source
