namespace Miyabi.Agents.Models;

/// <summary>A limiter for each model of one provider: what one model is short of, another has.</summary>
/// <remarks>Plans name models, so there may be many. Those that nobody uses and that have nothing to remember are forgotten when there are more than <see cref="Kept"/>.</remarks>
internal sealed class ModelLimiters(ModelLimits limits, TimeProvider time)
{
    /// <summary>How many are kept without need.</summary>
    public const int Kept = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> byModel = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return byModel.Count;
        }
    }

    /// <summary>A model's limiter, which is this one for everybody until the last of them has given it back.</summary>
    public Use Rent(string model)
    {
        lock (gate)
        {
            if (!byModel.TryGetValue(model, out var entry))
            {
                if (byModel.Count >= Kept)
                {
                    foreach (var (name, _) in byModel.Where(one => one.Value.Users == 0 && one.Value.Limiter.IsQuiet).ToList())
                        byModel.Remove(name);
                }

                byModel[model] = entry = new Entry(new ModelLimiter(limits, time));
            }

            entry.Users++;
            return new Use(this, entry);
        }
    }

    /// <summary>A limiter in use.</summary>
    internal sealed class Use(ModelLimiters owner, Entry entry) : IDisposable
    {
        private bool given;

        public ModelLimiter Limiter => entry.Limiter;

        public void Dispose()
        {
            lock (owner.gate)
                entry.Users -= given ? 0 : 1;
            given = true;
        }
    }

    internal sealed class Entry(ModelLimiter limiter)
    {
        public ModelLimiter Limiter => limiter;

        public int Users { get; set; }
    }
}
