using Miyabi.Web.Handlers;

namespace Miyabi.Web;

/// <summary>All handlers of the API over the same services. One for a process: the health is looked at once for all.</summary>
/// <param name="services">What they work with.</param>
public sealed class ApiHandlers(ApiServices services)
{
    /// <summary>Starts runs, and tells where they stand.</summary>
    public RunHandlers Runs { get; } = new(services);

    /// <summary>What people decide.</summary>
    public ControlHandlers Controls { get; } = new(services);

    /// <summary>What runs put out.</summary>
    public ResultHandlers Results { get; } = new(services);

    /// <summary>The files of runs, and the key.</summary>
    public DocumentHandlers Documents { get; } = new(services);

    /// <summary>What happens.</summary>
    public EventHandlers Events { get; } = new(services);

    /// <summary>What is wrong with a plan.</summary>
    public PlanHandlers Plans { get; } = new(services);

    /// <summary>Whether it works.</summary>
    public HealthHandlers Health { get; } = new(services);

    /// <summary>Everything else.</summary>
    public OtherHandlers Other { get; } = new(services);
}
