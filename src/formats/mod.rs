//! Files in and out: GeoJSON, CSV, XLSX, Shapefile, PDF.
