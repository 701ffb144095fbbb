const globals = require("globals");

module.exports = [
    {
        files: ["**/static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {
                ...globals.browser,
                odoo: "readonly",
                owl: "readonly",
                luxon: "readonly",
                posmodel: "readonly",
            },
        },
        rules: {
            "no-undef": "error",
            "no-unused-vars": ["error", { args: "none" }],
            "prefer-const": "error",
            eqeqeq: ["error", "smart"],
            "no-console": "error",
            "no-restricted-globals": ["error", "event"],
            "no-duplicate-imports": "error",
            curly: "error",
        },
    },
];
