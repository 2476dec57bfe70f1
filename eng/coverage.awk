# Reads a cobertura report; prints the line coverage in percent, and when it is below `floor`, where lines are missed.
# Every line of the assembly counts, those that source generators wrote too. Exit code 1: below the floor, or an empty report.
# A line is counted once, however many elements of the report (methods, partial and nested classes, lambdas) have it.

function attribute(name,    from, rest) {
  from = index($0, " " name "=\"")
  if (from == 0) return ""
  rest = substr($0, from + length(name) + 3)
  return substr(rest, 1, index(rest, "\"") - 1)
}

/<class / { file = attribute("filename") }
/<line / {
  line = file ":" attribute("number")
  if (!(line in hits)) { hits[line] = 0; source[line] = file }
  hits[line] += attribute("hits")
}

END {
  for (line in hits) {
    written = source[line] !~ /\.g\.cs$/
    total++; of[written]++
    if (hits[line] > 0) { covered++; covered_of[written]++ }
    else missed[source[line]]++
  }
  percent = total ? 100 * covered / total : 0
  printf "Coverage of Miyabi.Core: %.1f %% of %d lines (at least %d %%)", percent, total, floor
  if (of[0]) printf "; by hand %.1f %% of %d, generated %.1f %% of %d", \
    (of[1] ? 100 * covered_of[1] / of[1] : 0), of[1], 100 * covered_of[0] / of[0], of[0]
  print ""
  if (percent >= floor && total) exit 0
  for (file in missed) printf "%6d lines not covered in %s\n", missed[file], file | "sort -rn | head -n 15"
  exit 1
}
