{
    "name": "O2O Base",
    "summary": "What only the server says, nobody presets",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "O2O Suite contributors",
    "website": "https://github.com/o2o-suite/o2o-suite",
    "license": "LGPL-3",
    "depends": ["base"],
}
