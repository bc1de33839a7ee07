import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The side of an engine in the protocol of ../engine-process.ts: loads, says so, and makes a pass over the lines for each line of its input. */
abstract class Peer {
  static final int CHUNK_LINES = 1_000;

  /** Begins a pass, from the first line on. */
  void begin() throws Exception {}

  /** Judges the lines, and gives the number of their matches. */
  abstract long judge(List<String> lines) throws Exception;

  interface Loading {
    Peer load(Path rules, String option) throws Exception;
  }

  /** `args`: LINES RULES BUDGET_MS OPTION. */
  static void serve(String[] args, Loading loading) throws Exception {
    List<String> lines = Files.readAllLines(Path.of(args[0]));
    double budgetMs = Double.parseDouble(args[2]);
    double begunMs = nowMs();
    Peer peer = loading.load(Path.of(args[1]), args.length > 3 ? args[3] : "");
    System.out.printf(Locale.ROOT, "{\"loadMs\":%.3f}%n", nowMs() - begunMs);
    BufferedReader wanted = new BufferedReader(new InputStreamReader(System.in));
    while (wanted.readLine() != null) pass(peer, lines, budgetMs);
    // Threads of the engine would keep the process.
    System.exit(0);
  }

  /** Judges chunk after chunk until the lines or the budget of CPU time is over. */
  private static void pass(Peer peer, List<String> lines, double budgetMs) throws Exception {
    double begunMs = nowMs();
    double cpuBegunMs = cpuMs();
    StringBuilder matches = new StringBuilder();
    long sum = 0;
    int judged = 0;
    peer.begin();
    while (judged < lines.size() && cpuMs() - cpuBegunMs <= budgetMs) {
      int end = Math.min(lines.size(), judged + CHUNK_LINES);
      sum += peer.judge(lines.subList(judged, end));
      judged = end;
      matches.append(matches.isEmpty() ? "" : ",").append(sum);
    }
    System.out.printf(
        Locale.ROOT,
        "{\"lines\":%d,\"wallMs\":%.3f,\"cpuMs\":%.3f,\"matches\":[%s]}%n",
        judged, nowMs() - begunMs, cpuMs() - cpuBegunMs, matches);
  }

  private static double nowMs() {
    return System.nanoTime() / 1e6;
  }

  /** CPU time of all threads of the process. */
  private static double cpuMs() {
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e6;
  }
}
