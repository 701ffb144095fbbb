module.exports = {
    plugins: [require.resolve("@prettier/plugin-xml")],
    printWidth: 100,
    tabWidth: 4,
    semi: true,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
};
