import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Patterns;

/**
 * Answers what AWS's own matcher says about a pattern and an event.
 *
 * <p>Each line of the input is a JSON array of two strings, the pattern and the event; each line of
 * the output is true, false, "invalid" for a pattern that is refused, or "error" for an event that
 * cannot be read. Both come as strings, so that duplicate keys and the spelling of numbers survive.
 *
 * <p>With the argument "apart", each way in which a pattern can match (one branch of each $or, one
 * value of each field) is compiled into a machine of its own, and the answer is true when any of
 * them matches. Without it all share one automaton, as they do in EventBridge.
 */
final class Oracle {
  private static final String INVALID = "invalid";

  // Events that share a pattern follow each other, so the last pattern is all there is to keep.
  private final boolean apart;
  private String pattern;
  private List<Machine> machines;

  private Oracle(boolean apart) {
    this.apart = apart;
  }

  public static void main(String[] args) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    Oracle oracle = new Oracle(args.length > 0 && args[0].equals("apart"));
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    StringBuilder answers = new StringBuilder();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] pair = mapper.readValue(line, String[].class);
      answers.append(oracle.answer(pair[0], pair[1])).append('\n');
      if (!in.ready()) {
        out.print(answers);
        out.flush();
        answers.setLength(0);
      }
    }
    out.print(answers);
    out.flush();
  }

  private String answer(String pattern, String event) {
    if (!pattern.equals(this.pattern)) {
      this.pattern = pattern;
      machines = compile(pattern);
    }
    if (machines.isEmpty()) {
      return INVALID;
    }
    try {
      boolean matched = false;
      for (Machine machine : machines) {
        matched |= !machine.rulesForJSONEvent(event).isEmpty();
      }
      return String.valueOf(matched);
    } catch (Exception e) {
      return "error";
    }
  }

  /** Returns the machines of a pattern, none when it is invalid. */
  private List<Machine> compile(String pattern) {
    try {
      if (JsonRuleCompiler.check(pattern) != null) {
        return List.of();
      }
      if (!apart) {
        Machine machine = new Machine();
        machine.addRule("rule", pattern);
        return List.of(machine);
      }
      List<Machine> machines = new ArrayList<>();
      for (Map<String, List<Patterns>> branch : JsonRuleCompiler.compile(pattern)) {
        for (Map<String, List<Patterns>> way : ways(branch)) {
          Machine machine = new Machine();
          machine.addPatternRule("rule", way);
          machines.add(machine);
        }
      }
      return machines;
    } catch (Exception e) {
      return List.of();
    }
  }

  /** Returns every choice of one value of each field. */
  private static List<Map<String, List<Patterns>>> ways(Map<String, List<Patterns>> branch) {
    List<Map<String, List<Patterns>>> ways = List.of(Map.of());
    for (Map.Entry<String, List<Patterns>> field : branch.entrySet()) {
      List<Map<String, List<Patterns>>> longer = new ArrayList<>();
      for (Map<String, List<Patterns>> way : ways) {
        for (Patterns value : field.getValue()) {
          Map<String, List<Patterns>> grown = new HashMap<>(way);
          grown.put(field.getKey(), List.of(value));
          longer.add(grown);
        }
      }
      ways = longer;
    }
    return ways;
  }
}
