// Prints `N passed, N failed[, N skipped]` from Vitest's JSON report; the exit status says whether all is well.
import { existsSync, readFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };

if (existsSync(report)) {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed') count.passed++;
      else if (status === 'failed') count.failed++;
      else count.skipped++;
    }
    // A file that could not be loaded, or whose set-up failed, has no test that could say so.
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) count.failed++;
  }
}
// Errors outside of tests, a failed installation, no tests at all.
if (count.failed === 0 && (Number(status) !== 0 || count.passed === 0)) count.failed++;

const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
console.log(`${count.passed} passed, ${count.failed} failed${skipped}`);
process.exit(count.failed === 0 ? 0 : 1);
