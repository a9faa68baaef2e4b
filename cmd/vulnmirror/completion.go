package main

import "github.com/spf13/cobra"

func newCompletionCommand(a *app) *cobra.Command {
	return standalone(&cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that completes commands and flags in your shell",
		Example: `  source <(vulnmirror completion bash)
  vulnmirror completion zsh > "${fpath[1]}/_vulnmirror"
  vulnmirror completion fish > ~/.config/fish/completions/vulnmirror.fish
  vulnmirror completion powershell | Out-String | Invoke-Expression`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			default:
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			}
		},
	})
}
