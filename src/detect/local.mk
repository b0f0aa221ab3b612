# src/detect
