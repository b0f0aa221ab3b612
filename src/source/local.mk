# src/source
